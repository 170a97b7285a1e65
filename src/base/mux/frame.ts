/**
 * The link's wire format: what stands in one binary message.
 *
 * ```text
 * message = frame*                                  at most 128 KiB
 * frame   = type (1 byte) id (varint) length (varint) payload
 *
 * OPEN    header as JSON        the sender opens stream `id` (the dialling side odd ones, the other even ones, rising)
 * OPENEND header as JSON        as OPEN, and the sender will send nothing more on it
 * DATA    bytes                 costs length + 64 of the receiver's window
 * END                           the sender's direction is over
 * RESET   reason as UTF-8       both directions are over
 * WINDOW  count as varint       the receiver may be sent so much more
 * PING, PONG                    id 0; a PING is answered at once
 * ```
 *
 * @module
 */
import { concat } from "../bytes.ts";

/** Kinds of frames. */
export const FRAME = {
  open: 1,
  openEnd: 2,
  data: 3,
  end: 4,
  reset: 5,
  window: 6,
  ping: 7,
  pong: 8,
} as const;

/** One kind's number. */
export type FrameType = typeof FRAME[keyof typeof FRAME];

/** One frame. */
export interface Frame {
  /** What it is. */
  readonly type: FrameType;
  /** Which stream; 0 for PING and PONG. */
  readonly id: number;
  /** What it carries; see the table above. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The largest message that a peer may send. */
export const MAX_MESSAGE_BYTES = 128 * 1024;
/** The largest header of a stream. */
export const MAX_HEADER_BYTES = 16 * 1024;
/** The most that one DATA frame carries, so that frames of other streams come in between. */
export const MAX_DATA_BYTES = 16 * 1024;
/** What a DATA frame costs beside its bytes, so that a peer cannot make us keep a million frames of one byte. */
export const DATA_OVERHEAD_BYTES = 64;

/** The peer did not keep to the protocol; the link ends with this. */
export class ProtocolError extends Error {
  /** `ProtocolError`. */
  override readonly name = "ProtocolError";
}

const TYPES: ReadonlySet<number> = new Set(Object.values(FRAME));
/** Eight 7-bit groups hold every integer that a number can. */
const MAX_VARINT_BYTES = 8;

/** The bytes of a frame. */
export function encodeFrame(
  type: FrameType,
  id: number,
  payload: Uint8Array = new Uint8Array(),
): Uint8Array<ArrayBuffer> {
  return concat([
    new Uint8Array([type, ...varint(id), ...varint(payload.length)]),
    payload,
  ]);
}

/** The frames of a message, in order. @throws {ProtocolError} when it is not well-formed */
export function decodeFrames(message: Uint8Array<ArrayBuffer>): Frame[] {
  if (message.length > MAX_MESSAGE_BYTES) {
    throw new ProtocolError(`message of ${message.length} bytes`);
  }
  const frames: Frame[] = [];
  for (let at = 0; at < message.length;) {
    const type = message[at]!;
    if (!TYPES.has(type)) throw new ProtocolError(`unknown frame ${type}`);
    const id = readVarint(message, at + 1);
    const length = readVarint(message, id.end);
    const end = length.end + length.value;
    if (end > message.length) throw new ProtocolError("truncated frame");
    frames.push({
      type: type as FrameType,
      id: id.value,
      // a copy: one small payload must not keep a large message in memory
      payload: message.slice(length.end, end),
    });
    at = end;
  }
  return frames;
}

/** A safe integer that is not negative, seven bits a byte, low ones first. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

/** Reads what {@linkcode varint} wrote. @throws {ProtocolError} */
export function readVarint(
  bytes: Uint8Array,
  at: number,
): { value: number; end: number } {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new ProtocolError("truncated number");
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (!Number.isSafeInteger(value)) break;
      return { value, end: at + i + 1 };
    }
    scale *= 0x80;
  }
  throw new ProtocolError("number too large");
}

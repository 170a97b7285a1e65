/**
 * HTTP/2's frames (RFC 9113, §4 and §6).
 *
 * @module
 */

import { concat } from "../../../../src/base/bytes.ts";

/** Types of frames that are told apart. */
export const FrameType = {
  Data: 0,
  Headers: 1,
  ResetStream: 3,
  Settings: 4,
  Ping: 6,
  GoAway: 7,
  WindowUpdate: 8,
  Continuation: 9,
} as const;

/** Flags; END_STREAM and ACK share a bit. */
export const Flag = {
  EndStream: 0x1,
  Ack: 0x1,
  EndHeaders: 0x4,
  Padded: 0x8,
  Priority: 0x20,
} as const;

/** One frame. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  /** 0 for the connection. */
  readonly streamId: number;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 9;

/** Longest payload that either side may send without having agreed on more. */
export const MAX_PAYLOAD_BYTES = 16_384;

/** The frame's bytes. */
export function writeFrame(
  type: number,
  options: { flags?: number; streamId?: number; payload?: Uint8Array } = {},
): Uint8Array {
  const { flags = 0, streamId = 0, payload = new Uint8Array(0) } = options;
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length << 8 | type);
  bytes[4] = flags;
  view.setUint32(5, streamId);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** Four bytes, most significant first, as several frames carry one. */
export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Cuts what is received into frames. */
export class FrameParser {
  #rest: Uint8Array = new Uint8Array(0);

  /** @throws {RangeError} for a frame longer than {@linkcode MAX_PAYLOAD_BYTES} */
  push(chunk: Uint8Array): Frame[] {
    let bytes = this.#rest.length > 0 ? concat([this.#rest, chunk]) : chunk;
    const frames: Frame[] = [];
    while (bytes.length >= HEADER_BYTES) {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const length = view.getUint32(0) >>> 8;
      if (length > MAX_PAYLOAD_BYTES) {
        throw new RangeError(`A frame has ${length} bytes`);
      }
      if (bytes.length < HEADER_BYTES + length) break;
      frames.push({
        type: bytes[3]!,
        flags: bytes[4]!,
        streamId: view.getUint32(5) & 0x7fffffff,
        // A copy: the chunk's memory is used again.
        payload: bytes.slice(HEADER_BYTES, HEADER_BYTES + length),
      });
      bytes = bytes.subarray(HEADER_BYTES + length);
    }
    this.#rest = bytes.slice();
    return frames;
  }
}

/** A DATA or HEADERS payload without padding and priority. */
export function contentOf(frame: Frame): Uint8Array {
  let { payload } = frame;
  if (frame.flags & Flag.Padded) {
    payload = payload.subarray(1, payload.length - (payload[0] ?? 0));
  }
  if (frame.type === FrameType.Headers && frame.flags & Flag.Priority) {
    payload = payload.subarray(5);
  }
  return payload;
}

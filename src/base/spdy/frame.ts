/**
 * SPDY/3.1's frames on the wire.
 *
 * ```text
 * control  1 + version (15 bits) = 0x8003, type (16), flags (8), length (24), payload
 * data     0 + stream (31 bits), flags (8), length (24), bytes
 * ```
 *
 * @module
 */
import { concat } from "../bytes.ts";

/** Kinds of control frames. */
export const CONTROL = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** Reasons of an RST_STREAM. */
export const RST = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  internalError: 6,
} as const;

/** The flag of a frame after which its sender sends nothing more on the stream. */
export const FLAG_FIN = 1;

/** The peer did not keep to the protocol; the session ends with this. */
export class SpdyError extends Error {
  /** `SpdyError`. */
  override readonly name = "SpdyError";
}

/** One control frame, or a piece of a data frame. */
export type SpdyFrame =
  | {
    /** One of {@linkcode CONTROL}, or one that nobody knows. */
    readonly control: number;
    readonly flags: number;
    readonly payload: Uint8Array;
  }
  | {
    /** The stream of the data. */
    readonly stream: number;
    /** Whether it is the last of its sender. */
    readonly fin: boolean;
    /** A view of what was fed. */
    readonly data: Uint8Array;
  };

const VERSION_WORD = 0x8003;
const HEAD_BYTES = 8;
/** The largest control frame that is taken. */
const MAX_CONTROL_BYTES = 64 * 1024;

/** The bytes of a control frame. */
export function controlFrame(
  control: number,
  payload: { flags?: number; parts: readonly Uint8Array[] },
): Uint8Array<ArrayBuffer> {
  const { flags = 0, parts } = payload;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = new Uint8Array(HEAD_BYTES);
  const view = new DataView(head.buffer);
  view.setUint16(0, VERSION_WORD);
  view.setUint16(2, control);
  view.setUint32(4, flags * 2 ** 24 + length);
  return concat([head, ...parts]);
}

/** The bytes of a data frame. */
export function dataFrame(
  stream: number,
  options: { data: Uint8Array; fin: boolean },
): Uint8Array<ArrayBuffer> {
  const { data, fin } = options;
  const frame = new Uint8Array(HEAD_BYTES + data.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, stream);
  view.setUint32(4, (fin ? FLAG_FIN : 0) * 2 ** 24 + data.length);
  frame.set(data, HEAD_BYTES);
  return frame;
}

/** Numbers of four bytes, big-endian. */
export function words(...values: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(4 * i, value));
  return bytes;
}

/** The word at `at` of a payload. @throws {SpdyError} when it is too short */
export function wordAt(payload: Uint8Array, at: number): number {
  if (payload.length < at + 4) throw new SpdyError("Truncated frame");
  return new DataView(payload.buffer, payload.byteOffset).getUint32(at);
}

/** Cuts a byte stream into frames. Data frames, which may have 16 MiB, are handed on as they come. */
export class FrameReader {
  #left: Uint8Array = new Uint8Array();
  /** The data frame that is being read. */
  #data: { stream: number; fin: boolean; missing: number } | undefined;

  /** The frames that are complete with these bytes. @throws {SpdyError} */
  *feed(chunk: Uint8Array): Generator<SpdyFrame> {
    let bytes = this.#left.length === 0 ? chunk : concat([this.#left, chunk]);
    this.#left = new Uint8Array();
    while (bytes.length > 0) {
      const step = this.#data === undefined
        ? this.#readHead(bytes)
        : this.#readData(bytes, this.#data);
      if (step === undefined) {
        this.#left = bytes.slice();
        return;
      }
      if (step.frame !== undefined) yield step.frame;
      bytes = bytes.subarray(step.taken);
    }
  }

  /** Whether the bytes so far end between two frames. */
  get whole(): boolean {
    return this.#left.length === 0 && this.#data === undefined;
  }

  #readHead(
    bytes: Uint8Array,
  ): { taken: number; frame?: SpdyFrame } | undefined {
    if (bytes.length < HEAD_BYTES) return undefined;
    const head = wordAt(bytes, 0);
    const second = wordAt(bytes, 4);
    const flags = second >>> 24;
    const length = second & 0xffffff;
    if (head < 0x80000000) {
      const fin = (flags & FLAG_FIN) !== 0;
      if (length > 0) {
        this.#data = { stream: head, fin, missing: length };
        return { taken: HEAD_BYTES };
      }
      const data = new Uint8Array();
      return { taken: HEAD_BYTES, frame: { stream: head, fin, data } };
    }
    if (head >>> 16 !== VERSION_WORD) throw new SpdyError("Not SPDY/3.1");
    if (length > MAX_CONTROL_BYTES) {
      throw new SpdyError(`Control frame of ${length} bytes`);
    }
    const taken = HEAD_BYTES + length;
    if (bytes.length < taken) return undefined;
    const payload = bytes.subarray(HEAD_BYTES, taken);
    return { taken, frame: { control: head & 0xffff, flags, payload } };
  }

  #readData(
    bytes: Uint8Array,
    of: { stream: number; fin: boolean; missing: number },
  ): { taken: number; frame: SpdyFrame } {
    const data = bytes.subarray(0, of.missing);
    of.missing -= data.length;
    const last = of.missing === 0;
    if (last) this.#data = undefined;
    const frame = { stream: of.stream, fin: of.fin && last, data };
    return { taken: data.length, frame };
  }
}

/**
 * WebSocket frames (RFC 6455, section 5.2): a client's are read, a server's are written.
 *
 * @module
 */

/** What a frame is. */
export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** The client broke a rule of the protocol. */
export class WebSocketError extends Error {
  /** `WebSocketError`. */
  override readonly name = "WebSocketError";
}

/** What stands before a frame's bytes. */
export interface SocketFrameHead {
  /** Whether its message ends with it. */
  readonly fin: boolean;
  /** One of {@linkcode OPCODE}. */
  readonly opcode: number;
  /** How many bytes follow. */
  readonly length: number;
  /** What those bytes are masked with, 4 bytes. */
  readonly mask: Uint8Array;
  /** Its own length. */
  readonly bytes: number;
}

const OPCODES: ReadonlySet<number> = new Set(Object.values(OPCODE));
/** Control frames are no longer than this. */
const MAX_CONTROL_BYTES = 125;
/** Lengths in two and in eight bytes are told by these. */
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** Reads a client's frame's head; undefined when it is not all there. @throws {WebSocketError} */
export function readFrameHead(bytes: Uint8Array): SocketFrameHead | undefined {
  if (bytes.length < 2) return undefined;
  const [start, second] = [bytes[0]!, bytes[1]!];
  const opcode = start & 0xf;
  const fin = (start & 0x80) !== 0;
  if ((start & 0x70) !== 0) throw new WebSocketError("Unknown extension");
  if (!OPCODES.has(opcode)) throw new WebSocketError("Unknown frame");
  if ((second & 0x80) === 0) throw new WebSocketError("Frame without mask");
  const short = second & 0x7f;
  if (opcode >= OPCODE.close && (short > MAX_CONTROL_BYTES || !fin)) {
    throw new WebSocketError("Control frame too long or in parts");
  }
  const extended = short === LENGTH_64 ? 8 : short === LENGTH_16 ? 2 : 0;
  const size = 2 + extended + 4;
  if (bytes.length < size) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = extended === 0
    ? short
    : extended === 2
    ? view.getUint16(2)
    : Number(view.getBigUint64(2));
  if (!Number.isSafeInteger(length)) throw new WebSocketError("Giant frame");
  const mask = bytes.slice(size - 4, size);
  return { fin, opcode, length, mask, bytes: size };
}

/** Masks bytes, or takes the mask off. @param part.at how many bytes of the frame came before */
export function applyMask(
  data: Uint8Array,
  part: { mask: Uint8Array; at: number },
): void {
  const { mask, at } = part;
  const turned = new Uint8Array(4);
  for (let i = 0; i < 4; i++) turned[i] = mask[(at + i) % 4]!;
  let done = 0;
  if (data.byteOffset % 4 === 0) { // four at a time: a large copy spends its time here
    const word = new Uint32Array(turned.buffer)[0]!;
    const words = new Uint32Array(
      data.buffer,
      data.byteOffset,
      data.length >> 2,
    );
    for (let i = 0; i < words.length; i++) words[i]! ^= word;
    done = words.length * 4;
  }
  for (let i = done; i < data.length; i++) data[i]! ^= turned[i % 4]!;
}

/** The bytes of a server's frame, which is a whole message or a control frame. */
export function encodeSocketFrame(
  opcode: number,
  parts: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const extended = length < LENGTH_16 ? 0 : length < 0x10000 ? 2 : 8;
  const frame = new Uint8Array(2 + extended + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = extended === 0 ? length : extended === 2 ? LENGTH_16 : LENGTH_64;
  if (extended === 2) view.setUint16(2, length);
  if (extended === 8) view.setBigUint64(2, BigInt(length));
  let at = 2 + extended;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

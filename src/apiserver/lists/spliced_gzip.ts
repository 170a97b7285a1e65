/**
 * gzip bodies of which all but the first bytes were compressed before: the head of a list (its resource version) differs from answer to answer, the
 * items do not, and compressing a thousand of them takes longer than all the rest of the answer.
 *
 * ```text
 *   gzip header │ head, stored │ tail, deflated once │ CRC-32 of both │ length of both
 * ```
 *
 * One ordinary gzip member (RFC 1952): deflate (RFC 1951) allows blocks that are stored next to blocks that are compressed, and the checksum of two
 * parts follows from those of each.
 *
 * @module
 */
import { crc32, gzipSync } from "node:zlib";
import { concat, encodeText } from "../../base/bytes.ts";

const GZIP_HEADER = new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const TRAILER_BYTES = 8;
/** Most bytes of a stored block. */
const STORED_LIMIT_BYTES = 65_535;
/** The fastest level: the wire is rarely slower than a better one. */
const LEVEL = 1;
/** CRC-32's polynomial, bits reversed. */
const POLYNOMIAL = 0xedb88320;

/** The end of a body, compressed. */
export interface DeflatedTail {
  /** Deflate blocks, the last one marked as such. */
  readonly blocks: Uint8Array;
  readonly crc: number;
  /** What it was before. */
  readonly plainBytes: number;
}

/** Compresses the end of a body. */
export function deflateTail(text: string): DeflatedTail {
  const gzip = gzipSync(text, { level: LEVEL });
  const end = gzip.length - TRAILER_BYTES;
  const trailer = new DataView(gzip.buffer, gzip.byteOffset + end);
  return {
    blocks: new Uint8Array(gzip.subarray(GZIP_HEADER.length, end)),
    crc: trailer.getUint32(0, true),
    plainBytes: trailer.getUint32(4, true),
  };
}

/** The body that begins with a head and ends with a tail. @throws {RangeError} for a head of more than 65,535 bytes */
export function spliceGzip(
  head: string,
  tail: DeflatedTail,
): Uint8Array<ArrayBuffer> {
  const plain = encodeText(head);
  const { length } = plain;
  if (length > STORED_LIMIT_BYTES) {
    throw new RangeError(`Cannot store a head of ${length} bytes in one block`);
  }
  // Not the last block, stored; then the length and its complement.
  const block = new DataView(new ArrayBuffer(5));
  block.setUint16(1, length, true);
  block.setUint16(3, ~length & 0xffff, true);
  const trailer = new DataView(new ArrayBuffer(TRAILER_BYTES));
  trailer.setUint32(0, joinCrc(crc32(plain), tail), true);
  trailer.setUint32(4, (length + tail.plainBytes) >>> 0, true);
  return concat([
    GZIP_HEADER,
    new Uint8Array(block.buffer),
    plain,
    tail.blocks,
    new Uint8Array(trailer.buffer),
  ]);
}

/** The checksum of something that has `before` followed by a tail: `before` times x^(8n) modulo the polynomial, plus the tail's. */
function joinCrc(before: number, { crc, plainBytes }: DeflatedTail): number {
  return (multiply(powerOfX(plainBytes * 8), before) ^ crc) >>> 0;
}

/** Product of two polynomials modulo CRC-32's, in its reversed order of bits. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= b;
    b = (b & 1) === 0 ? b >>> 1 : (b >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}

/** x^n modulo the polynomial. */
function powerOfX(n: number): number {
  let result = 0x80000000; // 1
  let square = 0x40000000; // x
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(square, result);
    square = multiply(square, square);
  }
  return result;
}

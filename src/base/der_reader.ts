/**
 * Reads DER (ITU-T X.690), as far as a certificate's subject needs it.
 *
 * @module
 */

/** One value: its tag, its content, and where it ends in the bytes that it was read from. */
export interface DerValue {
  /** Type and class, as the first byte has them. */
  readonly tag: number;
  /** The bytes after tag and length. */
  readonly content: Uint8Array;
  /** Offset of the first byte after it. */
  readonly end: number;
}

/** The value that begins at `at`. @throws {RangeError} when the bytes end before it does */
export function readDer(bytes: Uint8Array, at = 0): DerValue {
  const byte = (index: number) => {
    const value = bytes[index];
    if (value === undefined) {
      throw new RangeError("Cannot read DER: too short");
    }
    return value;
  };
  const tag = byte(at);
  let length = byte(at + 1);
  let start = at + 2;
  if (length >= 0x80) {
    const digits = length - 0x80;
    // 0: the indefinite form, which DER forbids; a length of more than 4 bytes cannot be true of what is in memory
    if (digits === 0 || digits > 4) {
      throw new RangeError("Cannot read DER: bad length");
    }
    length = 0;
    for (let i = 0; i < digits; i++) length = length * 256 + byte(start++);
  }
  const end = start + length;
  if (end > bytes.length) throw new RangeError("Cannot read DER: too short");
  return { tag, content: bytes.subarray(start, end), end };
}

/** The values inside a SEQUENCE or SET, in order. */
export function readDerItems(content: Uint8Array): DerValue[] {
  const items: DerValue[] = [];
  for (let at = 0; at < content.length;) {
    const item = readDer(content, at);
    items.push(item);
    at = item.end;
  }
  return items;
}

/** An OBJECT IDENTIFIER's content in dotted form. */
export function objectIdText(content: Uint8Array): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = numbers;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join(".");
}

/** The text of a value of one of ASN.1's string types. @throws {TypeError} when it is of another type or not well-formed */
export function derText(value: DerValue): string {
  switch (value.tag) {
    case 0x0c: // UTF8String
    case 0x13: // PrintableString
    case 0x16: // IA5String
      return new TextDecoder("utf-8", { fatal: true }).decode(value.content);
    case 0x14: // TeletexString, in practice Latin-1
      return new TextDecoder("latin1").decode(value.content);
    case 0x1e: // BMPString
      return new TextDecoder("utf-16be", { fatal: true }).decode(value.content);
    default:
      throw new TypeError(`Cannot read DER text: tag ${value.tag}`);
  }
}

/**
 * Reads the encodings of WebAssembly's binary format, one after the other.
 *
 * @module
 */

const DECODER = new TextDecoder();

/** A place in some bytes. What is not there reads as 0 and marks the reader as broken. */
export class ByteReader {
  /** How far it has read. */
  at = 0;
  /** Whether something was asked for that is not there. */
  isBroken = false;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next byte. */
  byte(): number {
    const value = this.#bytes[this.at];
    if (value === undefined) {
      this.isBroken = true;
      return 0;
    }
    this.at++;
    return value;
  }

  /** An unsigned LEB128 number; of 64-bit ones what a double can say. */
  number(): number {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    this.isBroken = true;
    return 0;
  }

  /** A length and as many bytes of UTF-8. */
  name(): string {
    const length = this.number();
    const end = this.at + length;
    if (end > this.#bytes.length) {
      this.isBroken = true;
      return "";
    }
    const text = DECODER.decode(this.#bytes.subarray(this.at, end));
    this.at = end;
    return text;
  }

  /** A value's or reference's type. */
  valueType(): void {
    const form = this.byte();
    if (form === 0x63 || form === 0x64) this.number(); // a reference to a heap type
  }

  /** The limits of a memory or table. */
  limits(): void {
    const flags = this.byte();
    this.number();
    if (flags & 1) this.number();
    if (flags & 8) this.number(); // a page size of its own
  }
}

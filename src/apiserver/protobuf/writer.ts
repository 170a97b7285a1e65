/**
 * Writes the protobuf wire format (<https://protobuf.dev/programming-guides/encoding>).
 *
 * @module
 */

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;

/** One message that is being written. */
export class MessageWriter {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** Writes a whole number that is not negative. */
  integer(field: number, value: number): void {
    this.#varint(field << 3 | VARINT);
    this.#varint(value);
  }

  /** Writes a `bool`. */
  flag(field: number, value: boolean): void {
    this.integer(field, value ? 1 : 0);
  }

  /** Writes a `double`. */
  double(field: number, value: number): void {
    this.#varint(field << 3 | FIXED_64);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.#push(bytes);
  }

  /** Writes a string. */
  text(field: number, value: string): void {
    this.bytes(field, new TextEncoder().encode(value));
  }

  /** Writes bytes, or a message inside this one. */
  bytes(field: number, value: Uint8Array): void {
    this.#varint(field << 3 | BYTES);
    this.#varint(value.length);
    this.#push(value);
  }

  /** What was written. */
  finish(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  #varint(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    // No bit operations: they know 32 bits only.
    while (rest >= 0x80) {
      bytes.push(rest % 0x80 + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
    this.#push(Uint8Array.from(bytes));
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }
}

/**
 * Reads protobuf's wire format.
 *
 * @module
 */

/** Broken bytes. */
export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** A cursor over one message's bytes. */
export class ProtobufReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether all has been read. */
  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next field's number and wire type. */
  tag(): { number: number; wire: number } {
    const tag = Number(this.varint());
    return { number: tag >>> 3, wire: tag & 7 };
  }

  /** An unsigned number of up to 64 bits. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new ProtobufError("unexpected EOF");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new ProtobufError("integer overflow");
  }

  /** A signed number, as int32 and int64 are written. */
  int(): number {
    return Number(BigInt.asIntN(64, this.varint()));
  }

  /** A 64-bit float. */
  double(): number {
    this.#need(8);
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** Bytes after their length; a view, not a copy. */
  bytes(): Uint8Array {
    const length = Number(this.varint());
    this.#need(length);
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** UTF-8 text after its length. */
  text(): string {
    try {
      return decoder.decode(this.bytes());
    } catch (error) {
      if (error instanceof ProtobufError) throw error;
      throw new ProtobufError("invalid UTF-8");
    }
  }

  /** Passes over a field that is not known. */
  skip(wire: number): void {
    switch (wire) {
      case 0:
        this.varint();
        return;
      case 1:
        this.#need(8);
        this.#at += 8;
        return;
      case 2:
        this.bytes();
        return;
      case 5:
        this.#need(4);
        this.#at += 4;
        return;
      default:
        throw new ProtobufError(`illegal wireType ${wire}`);
    }
  }

  #need(length: number): void {
    if (this.#at + length > this.#bytes.length) {
      throw new ProtobufError("unexpected EOF");
    }
  }
}

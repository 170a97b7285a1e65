/**
 * HTTP/2's header compression (RFC 7541), as far as a client needs that asks its peer not to keep a table (SETTINGS_HEADER_TABLE_SIZE 0):
 * what is sent is spelled out, what is received refers to the static table at most.
 *
 * @module
 */

import { concat, decodeText, encodeText } from "../../../../src/base/bytes.ts";
import { HuffmanDecoder } from "./huffman.ts";

/** Header fields in order; names in lower case. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** The static table (RFC 7541, appendix A), from index 1; entries with a value are written `name=value`. */
const STATIC =
  (":authority :method=GET :method=POST :path=/ :path=/index.html :scheme=http :scheme=https :status=200 :status=204 " +
    ":status=206 :status=304 :status=400 :status=404 :status=500 accept-charset accept-encoding=gzip,deflate accept-language " +
    "accept-ranges accept access-control-allow-origin age allow authorization cache-control content-disposition content-encoding " +
    "content-language content-length content-location content-range content-type cookie date etag expect expires from host if-match " +
    "if-modified-since if-none-match if-range if-unmodified-since last-modified link location max-forwards proxy-authenticate " +
    "proxy-authorization range referer refresh retry-after server set-cookie strict-transport-security transfer-encoding user-agent " +
    "vary via www-authenticate").split(" ").map((entry) => {
      const [name = "", value = ""] = entry.split("=");
      return [name, value] as const;
    });

/** Spells the fields out: literals without indexing (§6.2.2), strings as they are. */
export function encodeHeaders(headers: HeaderList): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const field of headers) {
    parts.push(Uint8Array.of(0));
    for (const text of field) {
      const bytes = encodeText(text);
      parts.push(encodeInteger(bytes.length), bytes);
    }
  }
  return concat(parts);
}

/** An integer in 7 bits and, if need be, more bytes (§5.1). */
function encodeInteger(value: number): Uint8Array {
  if (value < 127) return Uint8Array.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) {
    bytes.push(rest % 128 + 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Decodes header blocks. */
export class HeaderDecoder {
  readonly #huffman = new HuffmanDecoder();

  /**
   * The fields of one whole block. Of a field that comes twice the first counts.
   *
   * @throws {RangeError} when the block is malformed or refers to a table that we asked not to be kept.
   */
  decode(block: Uint8Array): Record<string, string> {
    const reader = new BlockReader(block, this.#huffman);
    const headers: Record<string, string> = {};
    while (!reader.atEnd) {
      const first = reader.peek();
      let field: readonly [string, string];
      if (first & 0x80) {
        field = staticEntry(reader.integer(7));
      } else if ((first & 0xe0) === 0x20) {
        reader.integer(5); // a new size of the table, which must be our 0
        continue;
      } else {
        // With indexing (6 bits) or without, never (4 bits): the table has no room either way.
        const index = reader.integer(first & 0x40 ? 6 : 4);
        const name = index === 0 ? reader.string() : staticEntry(index)[0];
        field = [name, reader.string()];
      }
      headers[field[0]] ??= field[1];
    }
    return headers;
  }
}

function staticEntry(index: number): readonly [string, string] {
  const entry = STATIC[index - 1];
  if (!entry) throw new RangeError(`No header field ${index}`);
  return entry;
}

class BlockReader {
  readonly #bytes: Uint8Array;
  readonly #huffman: HuffmanDecoder;
  #at = 0;

  constructor(bytes: Uint8Array, huffman: HuffmanDecoder) {
    this.#bytes = bytes;
    this.#huffman = huffman;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  peek(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new RangeError("A header block is cut off");
    return byte;
  }

  integer(bits: number): number {
    const mask = 2 ** bits - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let factor = 1;; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      if (factor > 2 ** 28) {
        throw new RangeError("A header's number is too big");
      }
    }
  }

  string(): string {
    const isHuffman = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    const bytes = this.#bytes.subarray(this.#at, this.#at += length);
    if (bytes.length < length) {
      throw new RangeError("A header block is cut off");
    }
    return decodeText(isHuffman ? this.#huffman.decode(bytes) : bytes);
  }

  #byte(): number {
    const byte = this.peek();
    this.#at++;
    return byte;
  }
}

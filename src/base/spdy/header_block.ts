/**
 * Header blocks of SPDY/3.1: names and values, compressed with the memory of all blocks before them.
 *
 * Deno's node:zlib leaves a preset dictionary out without a word, so neither direction uses one there: what we send is stored without
 * compression, and what we get is decoded with the window of before (at first the dictionary) put in front of it.
 *
 * @module
 */
import { constants, inflateRawSync } from "node:zlib";
import { concat, decodeText, encodeText } from "../bytes.ts";
import { DICTIONARY_ID, headerDictionary } from "./dictionary.ts";
import { SpdyError } from "./frame.ts";

/** Headers of a stream: lower-case names; several values of one name are joined by a NUL. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** Deflate looks back no further than this. */
const WINDOW_BYTES = 32 * 1024;
/** The most that a block may hold. A stored block of deflate holds no more either. */
const MAX_BLOCK_BYTES = 60 * 1024;
/** A zlib header that says: 32 KiB window, dictionary follows. */
const ZLIB_HEADER = [0x78, 0xbb, ...DICTIONARY_ID];
/** An empty stored block, not the last: what a sync flush ends with. Go's inflater waits for it. */
const SYNC_FLUSH = [0, 0, 0, 0xff, 0xff];

/** Makes the blocks of one direction. */
export class HeaderWriter {
  #first = true;

  /** The next block. @throws {SpdyError} when the headers are too large */
  encode(headers: SpdyHeaders): Uint8Array<ArrayBuffer> {
    const pairs = Object.entries(headers);
    const parts: Uint8Array[] = [u32(pairs.length)];
    for (const text of pairs.flat()) {
      const bytes = encodeText(text);
      parts.push(u32(bytes.length), bytes);
    }
    const plain = concat(parts);
    if (plain.length > MAX_BLOCK_BYTES) throw tooLarge();
    const head = this.#first ? ZLIB_HEADER : [];
    this.#first = false;
    return concat([
      new Uint8Array(head),
      storedBlockHead(plain.length),
      plain,
      new Uint8Array(SYNC_FLUSH),
    ]);
  }
}

/** Reads the blocks of one direction, which must be given all and in order. */
export class HeaderReader {
  /** What the next block may refer to. */
  #window: Uint8Array<ArrayBuffer> | undefined;

  /** Decodes the next block. @throws {SpdyError} when it is malformed */
  decode(block: Uint8Array): SpdyHeaders {
    const first = this.#window === undefined;
    if (first && !ZLIB_HEADER.slice(2).every((b, i) => block[i + 2] === b)) {
      throw new SpdyError("Bad header block: another dictionary");
    }
    const window = this.#window ??= headerDictionary();
    const plain = inflate(first ? block.subarray(6) : block, window);
    this.#window = concat([window, plain]).slice(-WINDOW_BYTES);
    return parse(plain);
  }
}

function inflate(block: Uint8Array, window: Uint8Array): Uint8Array {
  const input = concat([storedBlockHead(window.length), window, block]);
  try {
    const output = inflateRawSync(input, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: window.length + MAX_BLOCK_BYTES,
    });
    return output.subarray(window.length);
  } catch (cause) {
    throw new SpdyError("Bad header block: cannot be decompressed", { cause });
  }
}

function parse(plain: Uint8Array): SpdyHeaders {
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
  let at = 0;
  const number = () => {
    if (at + 4 > plain.length) throw truncated();
    at += 4;
    return view.getUint32(at - 4);
  };
  const text = () => {
    const length = number();
    if (at + length > plain.length) throw truncated();
    at += length;
    return decodeText(plain.subarray(at - length, at));
  };
  const headers: Record<string, string> = Object.create(null);
  for (let left = number(); left > 0; left--) {
    const name = text().toLowerCase();
    headers[name] = text();
  }
  return headers;
}

function storedBlockHead(length: number): Uint8Array<ArrayBuffer> {
  const low = length & 0xff;
  const high = length >> 8;
  return new Uint8Array([0, low, high, ~low, ~high]);
}

/** Four bytes, big-endian. */
function u32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function tooLarge(): SpdyError {
  return new SpdyError("Header block too large");
}

function truncated(): SpdyError {
  return new SpdyError("Bad header block: truncated");
}

/**
 * The files in a tar archive, one after the other, as it comes.
 *
 * Formats: ustar (POSIX.1-1988), with the long names of pax (POSIX.1-2001) and of GNU tar.
 *
 * @module
 */
import { concat, decodeText } from "../../src/base/bytes.ts";

const BLOCK_BYTES = 512;
/** The longest header that says a name. */
const MAX_NAME_BYTES = 64 * 1024;

/** An ordinary file of an archive. */
export interface TarFile {
  /** As the archive writes it, without `./` and `/` in front. */
  readonly name: string;
  readonly sizeBytes: number;
  /** What is in it; what is not read before the next file is asked for is passed over. */
  content(): AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

/** @throws {RangeError} when it is no tar archive, or ends early */
export async function* tarFiles(
  archive: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<TarFile> {
  const source = new Pieces(archive);
  let longName: string | undefined;
  for (;;) {
    const header = await source.exactly(BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) return;
    const sizeBytes = sizeOf(header);
    const padding = (BLOCK_BYTES - sizeBytes % BLOCK_BYTES) % BLOCK_BYTES;
    const type = String.fromCharCode(header[156]!);
    if (type === "x" || type === "L") {
      if (sizeBytes > MAX_NAME_BYTES) broken("a name is too long");
      const text = decodeText(await source.exactly(sizeBytes));
      longName = type === "x" ? paxPath(text) ?? longName : untilNul(text);
      await source.skip(padding);
      continue;
    }
    const name = longName ?? nameOf(header);
    longName = undefined;
    let left = sizeBytes;
    if (type === "0" || type === "\0") {
      yield {
        name: name.replace(/^(\.?\/)+/, ""),
        sizeBytes,
        async *content() {
          while (left > 0) {
            const piece = await source.next(left);
            left -= piece.length;
            yield piece;
          }
        },
      };
    }
    await source.skip(left + padding);
  }
}

/** Exact pieces of what comes in others. */
class Pieces {
  readonly #source: AsyncIterator<Uint8Array<ArrayBuffer>>;
  #left: Uint8Array<ArrayBuffer> = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array<ArrayBuffer>>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** What comes next, at least one byte and at most `mostBytes`. */
  async next(mostBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#source.next();
      if (done) broken("it ends early");
      this.#left = value;
    }
    const piece = this.#left.slice(0, mostBytes);
    this.#left = this.#left.subarray(piece.length);
    return piece;
  }

  async exactly(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let missing = length; missing > 0;) {
      const part = await this.next(missing);
      parts.push(part);
      missing -= part.length;
    }
    return concat(parts);
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) left -= (await this.next(left)).length;
  }
}

function nameOf(header: Uint8Array): string {
  const field = (at: number, length: number) =>
    untilNul(decodeText(header.subarray(at, at + length)));
  const prefix = field(257, 5) === "ustar" ? field(345, 155) : "";
  const name = field(0, 100);
  return prefix ? `${prefix}/${name}` : name;
}

function sizeOf(header: Uint8Array): number {
  const text = untilNul(decodeText(header.subarray(124, 136))).trim();
  if (!/^[0-7]+$/.test(text)) broken("a size is no number");
  return parseInt(text, 8);
}

/** `<length> path=<name>\n` among other such lines. */
function paxPath(text: string): string | undefined {
  return /^\d+ path=(.*)$/m.exec(text)?.[1];
}

function untilNul(text: string): string {
  const end = text.indexOf("\0");
  return end === -1 ? text : text.slice(0, end);
}

function broken(why: string): never {
  throw new RangeError(`Cannot read the tar archive: ${why}`);
}

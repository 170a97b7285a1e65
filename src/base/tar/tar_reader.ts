/**
 * Reads a tar archive as it comes: ustar, pax and GNU's long names. What it says of a member is what the archive says; whoever unpacks it has to judge.
 *
 * @module
 */
import { concat, decodeText } from "../bytes.ts";
import { TAR_BLOCK_BYTES } from "./tar_header.ts";

/** A member of an archive. */
export interface TarMember {
  /** As it stands there: it may be absolute, and hold `..`. */
  readonly name: string;
  /** What it is. */
  readonly type:
    | "file"
    | "folder"
    | "link"
    | "hard-link"
    | "device"
    | "fifo"
    | "other";
  /** Permission bits, and those above them. */
  readonly mode: number;
  /** Length of its content. */
  readonly sizeBytes: number;
  /** Where a link points. */
  readonly linkTarget: string;
  /** A file's content, to be read before the next member is asked for; what is left of it then is skipped. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The most that a header may bring along beside itself, in bytes: names may have 4096. */
const MOST_EXTRA_BYTES = 64 * 1024;

const TYPES: Readonly<Record<string, TarMember["type"]>> = {
  "": "file",
  "0": "file",
  "7": "file",
  "1": "hard-link",
  "2": "link",
  "3": "device",
  "4": "device",
  "5": "folder",
  "6": "fifo",
};

/** An archive that is none. */
export class TarError extends Error {
  /** `TarError`. */
  override readonly name = "TarError";
}

/** The members in their order. @throws {TarError} when it is broken or ends too early */
export async function* readTar(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<TarMember> {
  await using source = new Source(stream);
  const global = new Map<string, string>();
  let extra = new Map<string, string>();
  for (;;) {
    const header = await source.block();
    // The end: empty blocks. What follows them is the writer's filling.
    if (!header || header.every((byte) => byte === 0)) break;
    checkSum(header);
    const flag = text(header, 156, 1);
    const size = number(header, 124, 12);
    if ("xgLK".includes(flag) && flag !== "") {
      const body = await source.extra(size);
      if (flag === "L") extra.set("path", cString(body));
      else if (flag === "K") extra.set("linkpath", cString(body));
      else readPax(body, flag === "g" ? global : extra);
      continue;
    }
    const said = (key: string) => extra.get(key) ?? global.get(key);
    const paxSize = said("size");
    const sizeBytes = paxSize === undefined ? size : wholeNumber(paxSize);
    const isUstar = text(header, 257, 5) === "ustar";
    const prefix = isUstar ? text(header, 345, 155) : "";
    const short = text(header, 0, 100);
    const name = said("path") ?? (prefix ? `${prefix}/${short}` : short);
    const type = TYPES[flag] ?? "other";
    const content = source.content(sizeBytes);
    yield {
      name,
      // Old archives have folders as files with a slash.
      type: type === "file" && name.endsWith("/") ? "folder" : type,
      mode: number(header, 100, 8),
      sizeBytes,
      linkTarget: said("linkpath") ?? text(header, 157, 100),
      content,
    };
    for await (const _ of content) {
      // what nobody wanted
    }
    await source.skip(-sizeBytes & (TAR_BLOCK_BYTES - 1));
    extra = new Map();
  }
  await source.drain();
}

/** The bytes of an archive, as many as are wanted at a time. */
class Source implements AsyncDisposable {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array(0) as Uint8Array;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** At most so many bytes; undefined at the end. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** The next block; undefined when the archive ends here. */
  async block(): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let missing = TAR_BLOCK_BYTES;
    while (missing > 0) {
      const part = await this.some(missing);
      if (!part) {
        if (missing === TAR_BLOCK_BYTES) return undefined;
        throw ended();
      }
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? parts[0]! : concat(parts);
  }

  /** A body that belongs to a header. */
  async extra(size: number): Promise<Uint8Array> {
    if (size > MOST_EXTRA_BYTES) {
      throw new TarError(
        `Cannot read the archive: a header of ${size} bytes, at most ${MOST_EXTRA_BYTES} are allowed`,
      );
    }
    const parts: Uint8Array[] = [];
    for await (const part of this.content(size)) parts.push(part.slice());
    await this.skip(-size & (TAR_BLOCK_BYTES - 1));
    return concat(parts);
  }

  /** So many bytes as they come; going on with it goes on where it was left. */
  content(size: number): AsyncIterableIterator<Uint8Array> {
    let left = size;
    const iterator: AsyncIterableIterator<Uint8Array> = {
      next: async () => {
        if (left === 0) return { done: true, value: undefined };
        const part = await this.some(left);
        if (!part) throw ended();
        left -= part.length;
        return { done: false, value: part };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  async skip(size: number): Promise<void> {
    for await (const _ of this.content(size)) {
      // nothing but filling
    }
  }

  /** Reads to the end: whoever writes must not be left with it. */
  async drain(): Promise<void> {
    while (await this.some(Infinity)) {
      // filling
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }
}

function ended(): TarError {
  return new TarError("Cannot read the archive: it ends too early");
}

function checkSum(header: Uint8Array): void {
  const told = parseInt(text(header, 148, 8), 8);
  let sum = 0;
  header.forEach((byte, at) => {
    sum += at >= 148 && at < 156 ? 0x20 : byte;
  });
  if (sum !== told) {
    throw new TarError("Cannot read the archive: this does not look like one");
  }
}

/** Up to the first NUL. */
function text(header: Uint8Array, at: number, length: number): string {
  return cString(header.subarray(at, at + length));
}

function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Octal digits, or GNU's way with the first bit set: the number itself, big end first. */
function number(header: Uint8Array, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  if (field[0]! & 0x80) {
    let value = field[0]! & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return checked(value);
  }
  const digits = cString(field).trim();
  if (digits === "") return 0;
  if (!/^[0-7]+$/.test(digits)) {
    throw new TarError(`Cannot read the archive: "${digits}" is no number`);
  }
  return checked(parseInt(digits, 8));
}

function wholeNumber(digits: string): number {
  if (!/^\d+$/.test(digits)) {
    throw new TarError(`Cannot read the archive: "${digits}" is no number`);
  }
  return checked(Number(digits));
}

function checked(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new TarError("Cannot read the archive: a number is too large");
}

/** Records of `LENGTH KEY=VALUE\n`. */
function readPax(body: Uint8Array, into: Map<string, string>): void {
  for (let at = 0; at < body.length;) {
    const blank = body.indexOf(0x20, at);
    const length = blank < 0
      ? NaN
      : Number(decodeText(body.subarray(at, blank)));
    const end = at + length;
    const isWhole = Number.isInteger(length) && length > blank - at + 1 &&
      end <= body.length;
    const record = isWhole ? decodeText(body.subarray(blank + 1, end - 1)) : "";
    const equals = record.indexOf("=");
    if (equals < 0) {
      throw new TarError("Cannot read the archive: a pax record is broken");
    }
    into.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
}

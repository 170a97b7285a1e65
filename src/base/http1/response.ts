/**
 * Reads answers of HTTP/1.1 (RFC 9112).
 *
 * @module
 */
import { concat, decodeText } from "../bytes.ts";
import { HostError } from "../host.ts";

/** What stands before an answer's body. */
export interface ResponseHead {
  /** The status code. */
  readonly status: number;
  /** What the status line says after it. */
  readonly statusText: string;
  /** Its headers. */
  readonly headers: Headers;
}

/** The largest head, and the longest line that tells a chunk's size. */
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_CHUNK_LINE_BYTES = 4 * 1024;
/** Answers without a body, whatever their headers say. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);
const LF = 0x0a;

type Bytes = Uint8Array<ArrayBuffer>;

/** Reads a stream by lines, by counts, and then whatever is left. */
export class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Bytes>;
  #left: Bytes = new Uint8Array();

  /** Locks the stream. */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.getReader();
  }

  /** The next line without its end. @throws {HostError} when there is none, or it is too long */
  async line(limitBytes: number): Promise<string> {
    for (let from = 0;;) {
      const end = this.#left.indexOf(LF, from);
      if (end >= 0) {
        const line = decodeText(this.#left.subarray(0, end));
        this.#left = this.#left.subarray(end + 1);
        return line.endsWith("\r") ? line.slice(0, -1) : line;
      }
      from = this.#left.length;
      if (from > limitBytes) throw bad("line too long");
      const more = await this.#read();
      if (more === undefined) throw endedEarly();
      this.#left = concat([this.#left, more]);
    }
  }

  /** The next bytes, at most so many; undefined at the end. */
  async some(
    limit = Infinity,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#left.length === 0) {
      const more = await this.#read();
      if (more === undefined) return undefined;
      this.#left = more;
    }
    const piece = this.#left.subarray(0, limit);
    this.#left = this.#left.subarray(piece.length);
    return piece;
  }

  /** All that follows, as a stream. */
  rest(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      pull: async (controller) => {
        const piece = await this.some();
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
      cancel: (reason) => this.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /** Wants no more. */
  async cancel(reason: unknown): Promise<void> {
    await this.#reader.cancel(reason);
  }

  async #read(): Promise<Bytes | undefined> {
    while (true) {
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      if (value.length > 0) return value;
    }
  }
}

/** The head of the final answer, or of a 101; other interim answers are passed over. @throws {HostError} */
export async function readResponseHead(
  reader: ByteReader,
): Promise<ResponseHead> {
  while (true) {
    const start = await reader.line(MAX_HEAD_BYTES);
    const match = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(start);
    if (match === null) throw bad("not HTTP/1.1");
    const headers = await readHeaders(reader);
    const status = Number(match[1]);
    if (status >= 200 || status === 101) {
      return { status, statusText: match[2] ?? "", headers };
    }
  }
}

async function readHeaders(reader: ByteReader): Promise<Headers> {
  const headers = new Headers();
  for (let left = MAX_HEAD_BYTES;;) {
    const line = await reader.line(left);
    if (line === "") return headers;
    left -= line.length;
    const colon = line.indexOf(":");
    if (colon <= 0 || left < 0) throw bad("bad header");
    try {
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    } catch (cause) {
      throw bad("bad header", cause);
    }
  }
}

/** The body that follows a head; null when there is none. @param options.onEnd called once when it ended, broke or is not wanted any more */
export function readBody(
  reader: ByteReader,
  head: ResponseHead,
  options: { method: string; onEnd(): void },
): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  const { headers, status } = head;
  if (options.method === "HEAD" || BODILESS.has(status)) {
    options.onEnd();
    return null;
  }
  const pieces = piecesOf(reader, headers);
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await pieces.next();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      options.onEnd();
    },
    cancel() {
      options.onEnd();
    },
  }, { highWaterMark: 0 });
}

function piecesOf(reader: ByteReader, headers: Headers): AsyncGenerator<Bytes> {
  const coding = headers.get("transfer-encoding")?.toLowerCase();
  if (coding?.endsWith("chunked")) return chunks(reader);
  const length = headers.get("content-length");
  if (length === null) return untilEnd(reader);
  if (!/^\d+$/.test(length)) throw bad("bad length");
  return counted(reader, Number(length));
}

async function* untilEnd(reader: ByteReader): AsyncGenerator<Bytes> {
  for (let piece; (piece = await reader.some()) !== undefined;) yield piece;
}

async function* counted(
  reader: ByteReader,
  length: number,
): AsyncGenerator<Bytes> {
  for (let missing = length; missing > 0;) {
    const piece = await reader.some(missing);
    if (piece === undefined) throw endedEarly();
    missing -= piece.length;
    yield piece;
  }
}

async function* chunks(reader: ByteReader): AsyncGenerator<Bytes> {
  while (true) {
    const line = await reader.line(MAX_CHUNK_LINE_BYTES);
    const size = /^([0-9a-f]{1,12})[ \t]*(;.*)?$/i.exec(line);
    if (size === null) throw bad("bad chunk");
    const length = parseInt(size[1]!, 16);
    yield* counted(reader, length);
    if (length === 0) return await readTrailers(reader);
    if (await reader.line(2) !== "") throw bad("bad chunk");
  }
}

async function readTrailers(reader: ByteReader): Promise<void> {
  while (await reader.line(MAX_HEAD_BYTES) !== "");
}

function bad(why: string, cause?: unknown): HostError {
  return new HostError("invalid", `Cannot read the answer: ${why}`, { cause });
}

function endedEarly(): HostError {
  return new HostError("closed", "Cannot read the answer: it ended early");
}

/**
 * HTTP on a link's streams: one request and its answer are one stream.
 *
 * The stream's header is `{ type: "http", method, path, headers }`; the answer begins with a block of its own, `{ status, headers }` as JSON
 * after its length (4 bytes, big-endian). Bodies flow as they come, in both directions. Giving up either side resets the stream.
 *
 * @module
 */
import { concat, decodeText, encodeText } from "./bytes.ts";
import { messageOf } from "./errors.ts";
import { HostError } from "./host.ts";
import type { Mux, MuxStream } from "./mux.ts";

/** Serves one request that came over a link. */
export type LinkHandler = (request: Request) => Response | Promise<Response>;

/** The largest block of status and headers. */
const MAX_HEAD_BYTES = 64 * 1024;
/** Statuses whose answer has no body (Fetch standard). */
const NULL_BODY_STATUS: ReadonlySet<number> = new Set([101, 204, 205, 304]);
/** What a URL needs in front of a path. Nobody resolves it. */
const ORIGIN = "http://link";

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

/**
 * Sends a request over a link. Only the path and query of its URL count.
 *
 * @throws {HostError} `closed` when the link or the stream breaks before the answer; the signal's reason when the request is aborted
 */
export async function fetchOverMux(
  mux: Mux,
  request: Request,
): Promise<Response> {
  const { signal } = request;
  signal.throwIfAborted();
  const url = new URL(request.url);
  const stream = mux.open({
    type: "http",
    method: request.method,
    path: url.pathname + url.search,
    headers: Object.fromEntries(request.headers),
  }, { end: request.body === null });
  const onAbort = () => stream.reset(messageOf(signal.reason));
  signal.addEventListener("abort", onAbort, { once: true });
  const done = () => signal.removeEventListener("abort", onAbort);
  // its failure shows in the answer: the stream is reset, or the server answered without reading all of it
  request.body?.pipeTo(stream.writable).catch(() => {});
  const source = new Source(stream.readable);
  try {
    const head = await readHead(source);
    const body = source.rest({ done, reason: () => signal.reason });
    if (NULL_BODY_STATUS.has(head.status)) {
      await body.cancel();
      return new Response(null, head);
    }
    return new Response(body, head);
  } catch (error) {
    done();
    if (signal.aborted) throw signal.reason;
    stream.reset(messageOf(error));
    throw error;
  }
}

/** Whether a stream carries a request for {@linkcode serveOverMux}. */
export function isHttpStream(stream: MuxStream): boolean {
  return stream.header["type"] === "http";
}

/** Answers the request that a stream carries. Never rejects: what goes wrong resets the stream. */
export async function serveOverMux(
  stream: MuxStream,
  handler: LinkHandler,
): Promise<void> {
  const abort = new AbortController();
  const writer = stream.writable.getWriter();
  // the writable fails the moment that the peer resets the stream or the link breaks, also while nothing is written
  writer.closed.catch((reason) => abort.abort(reason));
  try {
    const request = requestOf(stream, abort.signal);
    const response = await answer(handler, request);
    const { body } = response;
    await writer.write(encodeHead(response));
    if (body !== null) await send(body, { writer, signal: abort.signal });
    await writer.close();
    // what the peer still sends of its body is not wanted any more
    if (!request.bodyUsed) await stream.readable.cancel().catch(() => {});
  } catch (error) {
    stream.reset(messageOf(error));
  }
}

async function answer(
  handler: LinkHandler,
  request: Request,
): Promise<Response> {
  try {
    return await handler(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    return new Response(`${messageOf(error)}\n`, { status: 500 });
  }
}

/** Writes a body as it comes, and tells its source when nobody wants it any more, even while it has nothing to say. */
async function send(
  body: ReadableStream<Uint8Array>,
  to: { writer: WritableStreamDefaultWriter<Uint8Array>; signal: AbortSignal },
): Promise<void> {
  const reader = body.getReader();
  const onAbort = () => {
    reader.cancel(to.signal.reason).catch(() => {});
  };
  if (to.signal.aborted) onAbort();
  to.signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      await to.writer.write(value);
    }
    to.signal.throwIfAborted();
  } finally {
    to.signal.removeEventListener("abort", onAbort);
  }
}

function requestOf(stream: MuxStream, signal: AbortSignal): Request {
  const { method, path, headers } = stream.header;
  if (
    typeof method !== "string" || typeof path !== "string" ||
    !path.startsWith("/") || !isStringRecord(headers)
  ) {
    throw new HostError("invalid", "Cannot serve the request: bad header");
  }
  const bodiless = method === "GET" || method === "HEAD";
  return new Request(ORIGIN + path, {
    method,
    headers,
    signal,
    ...(bodiless ? {} : { body: stream.readable }),
  });
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null &&
    Object.values(value).every((item) => typeof item === "string");
}

function encodeHead(response: Response): Uint8Array<ArrayBuffer> {
  const head = encodeText(JSON.stringify({
    status: response.status,
    headers: [...response.headers],
  }));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length);
  return concat([length, head]);
}

async function readHead(
  source: Source,
): Promise<{ status: number; headers: [string, string][] }> {
  const prefix = await source.exactly(4);
  const length = new DataView(prefix.buffer).getUint32(0);
  if (length > MAX_HEAD_BYTES) {
    throw new HostError("invalid", "Cannot read the answer: head too large");
  }
  const head = JSON.parse(decodeText(await source.exactly(length)));
  const status = Number(head?.status);
  if (!(status >= 200 && status <= 599) || !Array.isArray(head.headers)) {
    throw new HostError("invalid", "Cannot read the answer: bad head");
  }
  return { status, headers: head.headers };
}

/** Reads a stream, first in exact pieces and then whatever is left. */
class Source {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  #left: Uint8Array<ArrayBuffer> = new Uint8Array();

  constructor(stream: Body) {
    this.#reader = stream.getReader();
  }

  /** The next `length` bytes. @throws {HostError} `closed` when there are fewer */
  async exactly(length: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#left.length < length) {
      const { done, value } = await this.#reader.read();
      if (done) {
        throw new HostError(
          "closed",
          "Cannot read the answer: it ended early",
        );
      }
      this.#left = concat([this.#left, value]);
    }
    const piece = this.#left.slice(0, length);
    this.#left = this.#left.slice(length);
    return piece;
  }

  /** All that follows. @param on.done called at its end, @param on.reason tells why it broke, if the reader's side knows better */
  rest(on: { done(): void; reason(): unknown }): Body {
    return new ReadableStream({
      pull: async (controller) => {
        if (this.#left.length > 0) {
          controller.enqueue(this.#left);
          this.#left = new Uint8Array();
          return;
        }
        try {
          const { done, value } = await this.#reader.read();
          if (!done) return controller.enqueue(value);
          on.done();
          controller.close();
        } catch (error) {
          on.done();
          controller.error(on.reason() ?? error);
        }
      },
      cancel: (reason) => {
        on.done();
        return this.#reader.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }
}

/**
 * One HTTP/1.1 request over a byte stream that somebody else made: a proxied request's way to its backend. What passes is left as it is: no
 * redirect is followed, no body decompressed, and an upgrade gives the stream back.
 *
 * @module
 */
import { concat, encodeText } from "./bytes.ts";
import { messageOf } from "./errors.ts";
import { ByteReader, readBody, readResponseHead } from "./http1/response.ts";

/** What carries a request: ours to write, the server's to read. */
export interface DuplexStream {
  /** What the server sends. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What we send. */
  readonly writable: WritableStream<Uint8Array>;
  /** Ends both directions at once. */
  reset(reason: string): void;
}

/** A request. */
export interface Http1Request {
  /** Upper-case. */
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly path: string;
  /** Without those that frame the body, which are added. */
  readonly headers: Headers;
  /** Null for none. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** Length of the body, where it is known. */
  readonly bodyBytes?: number;
}

/** An answer, or the stream behind a `101`. */
export interface Http1Answer {
  /** The status code. */
  readonly status: number;
  /** What the status line says after it. */
  readonly statusText: string;
  /** As they came. */
  readonly headers: Headers;
  /** Null for answers that have none, and for a 101. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  /** With status 101: what follows, both ways. */
  readonly switched?: {
    readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
    readonly writable: WritableStream<Uint8Array>;
  };
}

/**
 * Sends a request and reads the answer's head; the stream is used up with the answer's body.
 *
 * @throws {HostError} `invalid` for an answer that is no HTTP/1.1, `closed` when it ends early; what the stream fails with
 */
export async function requestOver(
  stream: DuplexStream,
  request: Http1Request,
  options: { signal?: AbortSignal } = {},
): Promise<Http1Answer> {
  const { signal } = options;
  const onAbort = () => stream.reset(messageOf(signal?.reason));
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  const done = () => signal?.removeEventListener("abort", onAbort);
  const sending = send(stream, request);
  try {
    const reader = new ByteReader(stream.readable);
    const head = await readResponseHead(reader);
    if (head.status === 101) {
      await sending;
      done();
      const { writable } = stream;
      const switched = { readable: reader.rest(), writable };
      return { ...head, body: null, switched };
    }
    const body = readBody(reader, head, {
      method: request.method,
      onEnd() {
        done();
        stream.reset("request is over");
      },
    });
    return { ...head, body };
  } catch (error) {
    done();
    stream.reset(messageOf(error));
    throw signal?.aborted ? signal.reason : error;
  }
}

/** Sends head and body. A body that cannot be sent to its end does not matter: the answer tells, or its absence. */
async function send(
  stream: DuplexStream,
  request: Http1Request,
): Promise<void> {
  const { method, path, body, bodyBytes } = request;
  const headers = new Headers(request.headers);
  const chunked = body !== null && bodyBytes === undefined;
  if (chunked) headers.set("transfer-encoding", "chunked");
  else if (bodyBytes !== undefined) {
    headers.set("content-length", String(bodyBytes));
  }
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  try {
    await writer.write(encodeText(head));
    if (body === null) return;
    for await (const chunk of body) {
      if (chunk.length === 0) continue;
      await writer.write(chunked ? chunkOf(chunk) : chunk);
    }
    if (chunked) await writer.write(encodeText("0\r\n\r\n"));
  } catch {
    // see above
  } finally {
    writer.releaseLock();
  }
}

function chunkOf(data: Uint8Array): Uint8Array {
  const size = encodeText(`${data.length.toString(16)}\r\n`);
  return concat([size, data, encodeText("\r\n")]);
}

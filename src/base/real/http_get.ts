/**
 * One GET over a connection of its own, with as little work as can be: a node makes hundreds a second of them for its probes.
 *
 * @module
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112}
 */
import { HostError, type Network } from "../host.ts";
import { hostError } from "./host_error.ts";
import { dial } from "./streams.ts";

/** What is asked. */
export type PlainGet = Parameters<NonNullable<Network["getOnce"]>>[0];
/** What was answered. */
export type PlainAnswer = Awaited<ReturnType<NonNullable<Network["getOnce"]>>>;

/** The longest head of an answer that is read. */
const MAX_HEAD_BYTES = 64 * 1024;
/** What is read at a time; most answers fit. */
const BUFFER_BYTES = 2 * 1024;
/** Answers that never have a body. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** See {@linkcode Network.getOnce}. */
export async function getOnce(request: PlainGet): Promise<PlainAnswer> {
  const { hostname, port, signal } = request;
  const what = `Cannot GET ${request.path} of ${hostname}:${port}`;
  const stream = await dial({ hostname, port }, { signal });
  const onAbort = () => stream.close();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await writeAll(stream, new TextEncoder().encode(headOf(request)));
    return await readAnswer(stream, { ...request, what });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw hostError(what, error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    if (!signal.aborted) stream.close();
  }
}

function headOf({ path, headers }: PlainGet): string {
  const lines = headers.map(([name, value]) =>
    `${name}: ${value.replace(/[\r\n]/g, " ")}\r\n`
  );
  // What cannot stand in a request line is written as URLs write it.
  const target = path.toWellFormed().replace(
    /[^\x21-\x7e]/gu,
    encodeURIComponent,
  );
  return `GET ${target} HTTP/1.1\r\n${lines.join("")}Connection: close\r\n\r\n`;
}

interface Stream {
  read(buffer: Uint8Array): Promise<number | null>;
  write(data: Uint8Array): Promise<number>;
}

async function writeAll(stream: Stream, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) {
    at += await stream.write(data.subarray(at));
  }
}

async function readAnswer(
  stream: Stream,
  { bodyLimitBytes, signal, what }: PlainGet & { readonly what: string },
): Promise<PlainAnswer> {
  let bytes = new Uint8Array(BUFFER_BYTES);
  let length = 0;
  let head: { text: string; end: number } | undefined;
  let wanted = Infinity;
  let missing: PlainAnswer["missing"];
  while (length < wanted) {
    if (length === bytes.length) bytes = grown(bytes);
    const count = await stream.read(bytes.subarray(length)).catch((error) => {
      if (!head || !signal.aborted) throw error;
      missing = "aborted";
      return null;
    });
    if (count === null) {
      if (head && hasEnd(head.text)) missing ??= "ended";
      break;
    }
    length += count;
    while (!head) {
      const end = headEnd(bytes.subarray(0, length));
      if (end < 0) break;
      const text = latin1(bytes.subarray(0, end));
      // A word in between (100, 103) is followed by the answer.
      if (/^HTTP\/1\.\d 1\d\d/.test(text)) {
        bytes.copyWithin(0, end, length);
        length -= end;
        continue;
      }
      head = { text, end };
      wanted = end + Math.min(bodyLimitBytes, bodyLength(text));
    }
    if (!head && length > MAX_HEAD_BYTES) {
      throw new HostError("invalid", `${what}: the answer's head is too long`);
    }
    if (head && isChunked(head.text) && endsChunks(bytes, length)) break;
  }
  if (!head) {
    if (length === 0) throw new HostError("closed", `${what}: EOF`);
    throw new HostError("invalid", `${what}: not an answer of HTTP/1.1`);
  }
  const status = /^HTTP\/1\.\d (\d{3})/.exec(head.text)?.[1];
  if (status === undefined) {
    throw new HostError("invalid", `${what}: not an answer of HTTP/1.1`);
  }
  const location = headerOf(head.text, "location");
  const raw = bytes.subarray(head.end, Math.min(length, wanted));
  return {
    status: Number(status),
    ...location !== undefined && { location },
    ...missing && { missing },
    body: isChunked(head.text) ? unchunked(raw) : raw,
  };
}

function grown(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}

/** Where the body begins; -1 when the head goes on. Some servers end lines without CR. */
function headEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return -1;
}

function headerOf(head: string, name: string): string | undefined {
  const found = new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r?$`, "im").exec(
    head,
  );
  return found?.[1];
}

function isChunked(head: string): boolean {
  return /^transfer-encoding:.*chunked/im.test(head);
}

function bodyLength(head: string): number {
  const status = Number(head.slice(9, 12));
  if (BODILESS.has(status)) return 0;
  if (isChunked(head)) return Infinity;
  const length = headerOf(head, "content-length");
  return length !== undefined && /^\d+$/.test(length)
    ? Number(length)
    : Infinity; // until the end
}

/** Whether an answer says where its body ends. */
function hasEnd(head: string): boolean {
  return isChunked(head) || bodyLength(head) < Infinity;
}

function endsChunks(bytes: Uint8Array, length: number): boolean {
  return latin1(bytes.subarray(Math.max(0, length - 5), length)) ===
    "0\r\n\r\n";
}

/** What chunks hold, as far as they were read. */
function unchunked(bytes: Uint8Array): Uint8Array {
  const body = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0;;) {
    const end = bytes.indexOf(10, at);
    const size = end < 0
      ? NaN
      : Number.parseInt(latin1(bytes.subarray(at, end)), 16);
    if (!(size > 0)) return body.subarray(0, length);
    const chunk = bytes.subarray(end + 1, end + 1 + size);
    body.set(chunk, length);
    length += chunk.length;
    at = end + 1 + size + 2;
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

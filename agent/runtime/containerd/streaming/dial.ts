/**
 * Connects to a CRI runtime's streaming server.
 *
 * The runtime answers Exec, Attach and PortForward with a URL that is good for one connection. On it Kubernetes' SPDY/3.1 is spoken: containerd 1.6's
 * WebSocket cannot tell the end of the input.
 *
 * @module
 */
import { concat, decodeText, encodeText } from "../../../../src/base/bytes.ts";
import { duplexOf } from "../../../../src/base/duplex.ts";
import {
  type ByteStream,
  type Host,
  HostError,
} from "../../../../src/base/host.ts";
import {
  createSpdySession,
  type SpdySession,
} from "../../../../src/base/spdy.ts";

/** The largest head of an answer. */
const MAX_HEAD_BYTES = 16 * 1024;
/** The longest refusal that is passed on. */
const MAX_REFUSAL_BYTES = 4 * 1024;

/** What is wanted of the streaming server. */
export interface StreamingDial {
  readonly url: string;
  /** For example `v4.channel.k8s.io`. */
  readonly protocol: string;
  readonly signal: AbortSignal;
}

/** Opens a session. It ends when the signal aborts. @throws {HostError} `refused` and others; `invalid` when the runtime refuses */
export async function dialStreaming(
  host: Pick<Host, "net">,
  { url, protocol, signal }: StreamingDial,
): Promise<SpdySession> {
  const { protocol: scheme, hostname, port, pathname, search } = new URL(url);
  if (scheme !== "http:") {
    throw new HostError(
      "invalid",
      `Cannot reach the runtime's streaming server: "${scheme}//" is not spoken here`,
    );
  }
  const at = { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
  const stream = await host.net.dial(at, { signal });
  const onAbort = () => stream.close();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await writeAll(
      stream,
      encodeText(
        [
          `POST ${pathname}${search} HTTP/1.1`,
          `Host: ${hostname}:${port}`,
          "Connection: Upgrade",
          "Upgrade: SPDY/3.1",
          `X-Stream-Protocol-Version: ${protocol}`,
          "Content-Length: 0",
          "\r\n",
        ].join("\r\n"),
      ),
    );
    const early = await readHead(stream);
    const { readable, writable } = duplexOf(stream);
    const session = createSpdySession({
      readable: early.length > 0 ? withBefore(early, readable) : readable,
      writable,
    }, { role: "client" });
    signal.removeEventListener("abort", onAbort);
    const end = () => session.close("the session was given up");
    signal.addEventListener("abort", end, { once: true });
    session.closed.then(() => signal.removeEventListener("abort", end));
    if (signal.aborted) end();
    return session;
  } catch (error) {
    signal.removeEventListener("abort", onAbort);
    if (signal.aborted) throw signal.reason;
    stream.close();
    throw error;
  }
}

async function writeAll(stream: ByteStream, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) {
    at += await stream.write(data.subarray(at));
  }
}

/** Reads the answer; gives what came after its head. @throws {HostError} `invalid` when it is no upgrade */
async function readHead(stream: ByteStream): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array();
  const buffer = new Uint8Array(4096);
  for (;;) {
    const text = decodeText(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) {
      const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
      if (status === "101") return bytes.slice(end + 4);
      return refused({ status, body: bytes.slice(end + 4) });
    }
    const count = bytes.length < MAX_HEAD_BYTES
      ? await stream.read(buffer)
      : null;
    if (count === null) {
      throw new HostError(
        "invalid",
        "Cannot read the answer of the runtime's streaming server",
      );
    }
    bytes = concat([bytes, buffer.subarray(0, count)]);
  }
}

/** The server says why, as a rule in the same packet. */
function refused(
  { status, body }: { status: string | undefined; body: Uint8Array },
): never {
  const text = decodeText(body.subarray(0, MAX_REFUSAL_BYTES)).trim();
  throw new HostError(
    "invalid",
    `The runtime's streaming server refused: ${status ?? "no HTTP"}${
      text ? `: ${text}` : ""
    }`,
  );
}

/** The same stream with bytes before it that were read too early. */
function withBefore(
  early: Uint8Array<ArrayBuffer>,
  rest: ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = rest.getReader();
  let isFirst = true;
  return new ReadableStream({
    async pull(controller) {
      if (isFirst) {
        isFirst = false;
        return controller.enqueue(early);
      }
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

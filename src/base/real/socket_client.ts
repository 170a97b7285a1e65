/**
 * Opens WebSockets with the npm `ws` client: Deno's own holds back small messages (Nagle, denoland/deno#35581) and cannot pin a CA.
 *
 * @module
 */
import { WebSocket } from "ws";
import type { DialOptions, MessageSocket } from "../host.ts";
import { connectGated, type GatedOptions } from "./gated_tls.ts";
import { hostError } from "./host_error.ts";
import { tlsOptionsOf } from "./http_client.ts";
import { AdaptedSocket } from "./message_socket.ts";
import { connect } from "node:net";

/** How long a connection may take to be ready. */
const HANDSHAKE_TIMEOUT_MS = 20_000;
/** The largest message that we take; a peer that sends more is cut off. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Opens a WebSocket. @throws {HostError} `refused`, `unreachable`, `timeout`, `invalid` (a certificate that is not trusted) */
export function openSocket(
  url: string,
  options: DialOptions & {
    headers?: Record<string, string>;
    protocols?: string[];
    canWait?: boolean;
  } = {},
): Promise<MessageSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<MessageSocket>();
  if (options.signal?.aborted) return Promise.reject(options.signal.reason);
  const { unixPath } = options;
  const ws = new WebSocket(url, options.protocols ?? [], {
    ...tlsOptionsOf(options),
    ...(options.headers === undefined ? {} : { headers: options.headers }),
    ...(unixPath !== undefined
      ? { createConnection: () => connect(unixPath) }
      : options.canWait && url.startsWith("wss:")
      ? { createConnection: (how: GatedOptions) => connectGated(how) }
      : {}),
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false, // costs 300 KB a connection; what is worth it compresses its own content
    followRedirects: false,
  });
  const adapted = new AdaptedSocket({
    get protocol() {
      return ws.protocol;
    },
    bufferedBytes: () => ws.bufferedAmount,
    send: (data) => ws.send(data, { binary: typeof data !== "string" }),
    setReading: (isReading) => isReading ? ws.resume() : ws.pause(),
    close: (code, reason) => ws.close(code, reason),
    terminate: () => ws.terminate(),
  });
  const onAbort = () => {
    reject(options.signal?.reason);
    ws.terminate();
  };
  options.signal?.addEventListener("abort", onAbort, { once: true });
  ws.on("open", () => {
    options.signal?.removeEventListener("abort", onAbort);
    resolve(adapted);
  });
  let failure = "";
  ws.on("error", (error: Error) => {
    failure = error.message;
    options.signal?.removeEventListener("abort", onAbort);
    reject(hostError(`Cannot open a socket to ${url}`, error)); // no effect once it is open; "close" follows
  });
  ws.on("message", (data: Uint8Array<ArrayBuffer>, isBinary: boolean) => {
    adapted.received(
      isBinary ? new Uint8Array(data) : new TextDecoder().decode(data),
    );
  });
  ws.on("close", (code: number, reason: Uint8Array) => {
    adapted.ended({
      code,
      reason: new TextDecoder().decode(reason) || failure,
    });
  });
  return promise;
}

/**
 * HTTP requests to servers that are trusted, or reached, in a way of their own.
 *
 * They go through node:http and node:https, for Deno's `fetch` adds a given CA to the system's roots, where we must trust that one
 * alone, and holds back small segments (Nagle, denoland/deno#35581). A request without such wishes goes through `fetch`.
 *
 * @module
 */
import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as TlsAgent, request as httpsRequest } from "node:https";
import type { DialOptions } from "../host.ts";
import type { TLSSocket } from "node:tls";
import { connectGated } from "./gated_tls.ts";
import { hostError } from "./host_error.ts";

/** How many sets of credentials keep their connections open at once. */
const MAX_AGENTS = 16;
/** How long a kept connection may idle. Shorter than what servers and NAT boxes usually allow. */
const IDLE_TIMEOUT_MS = 30_000;
/** Statuses whose answer must not have a body (Fetch standard). */
const NULL_BODY_STATUS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** The client; holds the open connections. */
export class HttpClient implements Disposable {
  /** One pool of connections per set of credentials, the least recently used first. */
  readonly #agents = new Map<string, Agent>();

  /** Does one request. Redirects are not followed unless `options` is empty. */
  async fetch(request: Request, options: DialOptions = {}): Promise<Response> {
    const signal = options.signal === undefined
      ? request.signal
      : AbortSignal.any([request.signal, options.signal]);
    signal.throwIfAborted();
    const what = `Cannot ${request.method} ${request.url}`;
    try {
      return isPlain(options)
        ? await fetch(request, { signal })
        : await this.#send(request, { ...options, signal });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw hostError(what, error);
    }
  }

  /** Closes the connections that were kept. */
  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #send(
    request: Request,
    options: DialOptions & { signal: AbortSignal },
  ): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const url = new URL(request.url);
    const secure = url.protocol === "https:";
    const outgoing = (secure ? httpsRequest : httpRequest)(url, {
      method: request.method,
      headers: headersOf(request, url),
      agent: this.#agentFor(options, secure),
      ...(options.unixPath === undefined
        ? {}
        : { socketPath: options.unixPath }),
    });
    const onAbort = () => outgoing.destroy(options.signal.reason);
    options.signal.addEventListener("abort", onAbort, { once: true });
    outgoing.setNoDelay(true);
    outgoing.on("error", reject);
    outgoing.on("response", (message) => {
      message.once(
        "close",
        () => options.signal.removeEventListener("abort", onAbort),
      );
      resolve(responseOf(message, options.signal));
    });
    sendBody(request, outgoing).catch((error) => {
      outgoing.destroy(error);
      reject(error);
    });
    return promise;
  }

  #agentFor(options: DialOptions, secure: boolean): Agent {
    const key = JSON.stringify([
      secure,
      options.ca,
      options.insecureSkipVerify,
      options.clientCertificate?.certificate,
      options.unixPath,
    ]);
    const known = this.#agents.get(key);
    this.#agents.delete(key);
    const pool = { keepAlive: true, timeout: IDLE_TIMEOUT_MS };
    const agent = known ??
      (secure
        ? new GatedAgent({ ...pool, ...tlsOptionsOf(options) })
        : new Agent(pool));
    this.#agents.set(key, agent);
    if (this.#agents.size > MAX_AGENTS) {
      const [oldest, oldAgent] = this.#agents.entries().next().value!;
      this.#agents.delete(oldest);
      oldAgent.destroy();
    }
    return agent;
  }
}

/** An agent whose connections wait for their readers. */
class GatedAgent extends TlsAgent {
  // deno-lint-ignore no-explicit-any -- the options of a request, a connection and an agent in one
  override createConnection(options: any): TLSSocket {
    return connectGated(options);
  }
}

/** Our trust options in node:tls' words. */
export function tlsOptionsOf(options: DialOptions): {
  ca?: string;
  rejectUnauthorized?: boolean;
  cert?: string;
  key?: string;
} {
  return {
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.insecureSkipVerify ? { rejectUnauthorized: false } : {}),
    ...(options.clientCertificate === undefined ? {} : {
      cert: options.clientCertificate.certificate,
      key: options.clientCertificate.privateKey,
    }),
  };
}

function isPlain(options: DialOptions): boolean {
  return options.ca === undefined && !options.insecureSkipVerify &&
    options.clientCertificate === undefined && options.unixPath === undefined;
}

function headersOf(request: Request, url: URL): Record<string, string> {
  const headers: Record<string, string> = { host: url.host };
  for (const [name, value] of request.headers) headers[name] = value;
  // node:http frames a body by itself only for some methods; a DELETE's would go out bare and spoil the connection.
  if (request.body !== null && headers["content-length"] === undefined) {
    headers["transfer-encoding"] = "chunked";
  }
  return headers;
}

async function sendBody(
  request: Request,
  outgoing: ReturnType<typeof httpRequest>,
): Promise<void> {
  if (request.body !== null) {
    for await (const chunk of request.body) {
      if (outgoing.destroyed) return;
      if (!outgoing.write(chunk)) await drained(outgoing);
    }
  }
  outgoing.end();
}

/** Resolves when more may be written, or never will. */
function drained(outgoing: ReturnType<typeof httpRequest>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });
}

function responseOf(message: IncomingMessage, signal: AbortSignal): Response {
  const headers = new Headers();
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    headers.append(message.rawHeaders[i]!, message.rawHeaders[i + 1]!);
  }
  const status = message.statusCode ?? 0;
  const init = { status, statusText: message.statusMessage ?? "", headers };
  if (NULL_BODY_STATUS.has(status)) {
    message.resume();
    return new Response(null, init);
  }
  return new Response(bodyOf(message, signal), init);
}

/** The answer's body as a web stream that stops the sender while nobody reads. */
function bodyOf(
  message: IncomingMessage,
  signal: AbortSignal,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let over = false;
  return new ReadableStream({
    start(controller) {
      const finish = (end: () => void) => {
        if (over) return;
        over = true;
        end();
      };
      message.on("data", (chunk: Uint8Array<ArrayBuffer>) => {
        if (over) return;
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) message.pause();
      });
      message.on("end", () => finish(() => controller.close()));
      const fail = (error: unknown) =>
        finish(() =>
          controller.error(
            signal.aborted
              ? signal.reason
              : hostError("Cannot read the answer", error),
          )
        );
      message.on("error", fail);
      message.on(
        "close",
        () => fail(new Error("Connection closed before the end")),
      );
      message.pause();
    },
    pull() {
      message.resume();
    },
    cancel() {
      over = true;
      message.destroy();
    },
  });
}

/**
 * Serves HTTP, with and without TLS, and upgrades requests to WebSockets.
 *
 * @module
 */
import type {
  Address,
  ConnectionInfo,
  HttpServer,
  MessageSocket,
  RequestHandler,
  ServerTls,
} from "../host.ts";
import { hostError } from "./host_error.ts";
import { InFlight } from "./in_flight.ts";
import { adaptWebSocket } from "./message_socket.ts";
import { addressOf, addressText } from "./streams.ts";
import { TlsFront } from "./tls_front.ts";
import { removeStaleSocket } from "./unix_path.ts";

/** Bounds on what a client may do before it sent a request. */
export interface HttpLimits {
  /** How long a TLS handshake may take. */
  readonly handshakeMs: number;
  /** How long a client may be silent after the handshake. */
  readonly firstByteMs: number;
  /** TLS connections at one time; each takes four file descriptors. */
  readonly maxConnections: number;
  /** Told of what went wrong on our side. */
  onError(error: unknown): void;
}

/** The limits of a real host. */
export const HTTP_LIMITS: Omit<HttpLimits, "onError"> = {
  handshakeMs: 10_000,
  firstByteMs: 60_000,
  maxConnections: 4_000,
};

/** Answers one request and never rejects. @param breakConnection ends the request's connection at once */
export type HttpHandler = (
  request: Request,
  info: ConnectionInfo,
  breakConnection: () => void,
) => Promise<Response>;

/** The HTTP side of a host. */
export class HttpServing {
  /** How to break the connection that a request came on. */
  readonly #breakers = new WeakMap<Request, () => void>();
  readonly #limits: HttpLimits;

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  /** Starts a server. @throws {HostError} `in-use`, `permission` */
  serve(
    handler: RequestHandler,
    options: { at: Address; tls?: ServerTls },
  ): Promise<HttpServer> {
    const handle = this.#guarded(handler);
    const { at, tls } = options;
    if (tls === undefined) return servePlain(handle, at);
    if ("path" in at) throw new Error("Can not serve TLS on a unix socket");
    return this.#serveTls(handle, { at, tls });
  }

  /** Turns an upgrade request into a socket. */
  upgrade(
    request: Request,
    options: { protocol?: string } = {},
  ): { socket: MessageSocket; response: Response } {
    const { socket, response } = Deno.upgradeWebSocket(request, {
      ...options,
      idleTimeout: 0, // no pings of its own: who needs a sign of life sends one
    });
    const terminate = this.#breakers.get(request) ?? (() => {});
    return { socket: adaptWebSocket(socket, terminate), response };
  }

  #guarded(handler: RequestHandler): HttpHandler {
    return async (request, info, breakConnection) => {
      this.#breakers.set(request, breakConnection);
      try {
        return await handler(request, info);
      } catch (error) {
        if (!request.signal.aborted) this.#limits.onError(error);
        return new Response("Internal Server Error\n", { status: 500 });
      }
    };
  }

  async #serveTls(
    handle: HttpHandler,
    options: { at: { hostname: string; port: number }; tls: ServerTls },
  ): Promise<HttpServer> {
    const front = await TlsFront.start(options.at, {
      tls: options.tls,
      handle,
      limits: this.#limits,
    });
    return closable(front.address, (grace) => front.close(grace));
  }
}

async function servePlain(
  handle: HttpHandler,
  at: Address,
): Promise<HttpServer> {
  const stop = new AbortController();
  const inFlight = new InFlight();
  let closing = false;
  const common = { signal: stop.signal, onListen() {} };
  const respond = (request: Request, info: Deno.ServeHandlerInfo) => {
    if (closing) return new Response("Server is closing\n", { status: 503 });
    inFlight.add(info.completed);
    return handle(request, { remote: addressOf(info.remoteAddr) }, () => {});
  };
  let server: Deno.HttpServer<Deno.Addr>;
  try {
    if ("path" in at) {
      await removeStaleSocket(at.path);
      server = Deno.serve({ ...common, path: at.path }, respond);
      await Deno.chmod(at.path, 0o600); // whoever may connect may command us
    } else {
      server = Deno.serve({ ...common, ...at }, respond);
    }
  } catch (error) {
    throw hostError(`Can not listen on ${addressText(at)}`, error);
  }
  return closable(addressOf(server.addr), async (grace) => {
    closing = true;
    await Promise.race([inFlight.idle(), grace]);
    stop.abort();
    await server.finished;
  });
}

/** An {@linkcode HttpServer} whose `close` works once and whose later calls wait for the first. */
function closable(
  address: Address,
  stop: (grace: Promise<void>) => Promise<void>,
): HttpServer {
  let closed: Promise<void> | undefined;
  const close = ({ graceMs = 0 }: { graceMs?: number } = {}) =>
    closed ??= (async () => {
      const grace = Promise.withResolvers<void>();
      const timer = setTimeout(() => grace.resolve(), graceMs);
      try {
        await stop(grace.promise);
      } finally {
        clearTimeout(timer);
      }
    })();
  return { address, close, [Symbol.asyncDispose]: () => close() };
}

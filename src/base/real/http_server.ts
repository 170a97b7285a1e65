/**
 * Serves HTTP, with and without TLS, and upgrades requests to WebSockets.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  type Address,
  type ByteStream,
  type Clock,
  type ConnectionInfo,
  HostError,
  type HttpServer,
  type MessageSocket,
  type RequestHandler,
  type ServerTls,
} from "../host.ts";
import { RealClock } from "./clock.ts";
import { hostError } from "./host_error.ts";
import { InFlight } from "./in_flight.ts";
import { adaptWebSocket } from "./message_socket.ts";
import { addressOf, addressText } from "./streams.ts";
import { takenSocket } from "./taken_socket.ts";
import { TlsFront } from "./tls_front.ts";
import { removeStaleSocket } from "./unix_path.ts";

/** Bounds on what a client may do before it sent a request. */
export interface HttpLimits {
  /** How long a TLS handshake may take. */
  readonly handshakeMs: number;
  /** How long a client may take after the handshake until its first request's head is whole: one that trickles it in holds a connection for nothing. */
  readonly firstRequestMs: number;
  /** TLS connections at one time; each takes four file descriptors. */
  readonly maxConnections: number;
  /** Told of what went wrong on our side. */
  onError(error: unknown): void;
}

/** The limits of a real host. */
export const HTTP_LIMITS: Omit<HttpLimits, "onError"> = {
  handshakeMs: 10_000,
  firstRequestMs: 60_000,
  maxConnections: 4_000,
};

/** The connection that a request came on. */
export interface HttpConnection {
  /** Whether the client is gone. */
  readonly gone: boolean;
  /** Ends it at once. */
  break(): void;
  /** Answers the running request with 101 and hands the connection over. @throws {HostError} `invalid` where that is not possible */
  switchProtocols(headers: Headers): ByteStream;
}

/** Answers one request and never rejects. */
export type HttpHandler = (
  request: Request,
  info: ConnectionInfo,
  connection: HttpConnection,
) => Promise<Response>;

/** What Deno's own listener gives us no hand on. */
const UNKNOWN_CONNECTION: HttpConnection = {
  gone: false,
  break() {},
  switchProtocols() {
    throw new HostError("invalid", "Cannot switch protocols without TLS");
  },
};

/** What a server adds to a WebSocket's key to show that it understood (RFC 6455, section 4.2.2). */
const WEB_SOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The HTTP side of a host. */
export class HttpServing {
  /** The connections that requests came on, which a WebSocket needs to break. */
  readonly #connections = new WeakMap<Request, HttpConnection>();
  readonly #limits: HttpLimits;
  readonly #clock: Clock;

  /** No server yet. @param limits for every server that it starts */
  constructor(limits: HttpLimits, clock: Clock = new RealClock()) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Starts a server. @throws {HostError} `in-use`, `permission` */
  serve(
    handler: RequestHandler,
    options: { at: Address; tls?: ServerTls },
  ): Promise<HttpServer> {
    const handle = this.#guarded(handler);
    const { at, tls } = options;
    if (tls === undefined) return servePlain(handle, at);
    if ("path" in at) throw new Error("Cannot serve TLS on a unix socket");
    return this.#serveTls(handle, { at, tls });
  }

  /** Turns an upgrade request into a socket. */
  upgrade(
    request: Request,
    options: { protocol?: string } = {},
  ): { socket: MessageSocket; response: Response } {
    const connection = this.#connections.get(request) ?? UNKNOWN_CONNECTION;
    if (connection !== UNKNOWN_CONNECTION) return this.#take(request, options);
    const { socket, response } = Deno.upgradeWebSocket(request, {
      ...options,
      idleTimeout: 0, // no pings of its own: who needs a sign of life sends one
    });
    return {
      socket: adaptWebSocket(socket, () => connection.break()),
      response,
    };
  }

  /** A WebSocket on a connection that is ours to read. */
  #take(
    request: Request,
    { protocol = "" }: { protocol?: string },
  ): { socket: MessageSocket; response: Response } {
    if (request.headers.get("sec-websocket-key") === null) {
      throw new HostError("invalid", "Cannot upgrade: no WebSocket key");
    }
    const { stream, response } = this.switchProtocols(request, {
      headers: {
        "upgrade": "websocket",
        "connection": "Upgrade",
        ...(protocol === "" ? {} : { "sec-websocket-protocol": protocol }),
      },
    });
    const socket = takenSocket(stream, { clock: this.#clock, protocol });
    return { socket, response };
  }

  /** Takes the connection of a request over from HTTP. */
  switchProtocols(
    request: Request,
    options: { headers: HeadersInit },
  ): { stream: ByteStream; response: Response } {
    const headers = new Headers(options.headers);
    const key = request.headers.get("sec-websocket-key");
    if (key !== null && !headers.has("sec-websocket-accept")) {
      const hash = createHash("sha1").update(key + WEB_SOCKET_GUID);
      headers.set("sec-websocket-accept", hash.digest("base64"));
    }
    const connection = this.#connections.get(request) ?? UNKNOWN_CONNECTION;
    const stream = connection.switchProtocols(headers);
    // nobody gets this answer: the connection is not HTTP's any more
    return { stream, response: new Response(null, { status: 204 }) };
  }

  #guarded(handler: RequestHandler): HttpHandler {
    return async (request, info, connection) => {
      this.#connections.set(request, connection);
      try {
        return await handler(request, info);
      } catch (error) {
        if (!connection.gone) this.#limits.onError(error);
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
    const remote = addressOf(info.remoteAddr);
    return handle(request, { remote }, UNKNOWN_CONNECTION);
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
    throw hostError(`Cannot listen on ${addressText(at)}`, error);
  }
  return closable(addressOf(server.addr), async (grace) => {
    closing = true;
    let idle = false;
    await Promise.race([inFlight.idle().then(() => idle = true), grace]);
    if (idle) {
      // the last bytes may still be on their way to a slow client
      await Promise.race([server.shutdown(), grace]);
    } else {
      stop.abort();
      await server.finished;
    }
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

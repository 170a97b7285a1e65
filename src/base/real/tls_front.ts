/**
 * Where TLS ends: node:tls in front, an HTTP server of its own behind it for every connection.
 *
 * ```text
 *  client ──TLS, h2 or HTTP/1.1──> node:tls (no Nagle) ──bytes, both ways──> unix socket ──> Deno.serve ──> handler
 * ```
 *
 * `Deno.serve({ cert })` holds small answers back for 44 ms and node:http2 aborts the process, hence the relay. The server behind it
 * sees only a unix socket, so who is at the other end must cross the relay: each connection gets a server of its own, whose handler
 * has the connection's address and certificate in its closure. Nothing is put into the byte stream, so there is nothing to forge
 * (decision record 0001).
 *
 * @module
 */
import { createServer, type Server, type TLSSocket } from "node:tls";
import { type ConnectionInfo, HostError, type ServerTls } from "../host.ts";
import type { HttpHandler, HttpLimits } from "./http_server.ts";
import { hostError } from "./host_error.ts";
import { InFlight } from "./in_flight.ts";
import { PrivateFolder } from "./private_folder.ts";
import { Relay } from "./relay.ts";

/** Idle time after which the kernel asks a peer whether it is still there. Above the link's 25 s, so that links never cause it. */
const TCP_KEEP_ALIVE_MS = 90_000;

/** A TLS server. */
export class TlsFront {
  readonly #server: Server;
  readonly #folder: PrivateFolder;
  readonly #handle: HttpHandler;
  readonly #limits: HttpLimits;
  readonly #connections = new Set<Connection>();
  #count = 0;

  private constructor(options: {
    folder: PrivateFolder;
    tls: ServerTls;
    handle: HttpHandler;
    limits: HttpLimits;
  }) {
    this.#folder = options.folder;
    this.#handle = options.handle;
    this.#limits = options.limits;
    this.#server = createServer({
      cert: options.tls.certificate,
      key: options.tls.privateKey,
      ...(options.tls.clientCa === undefined ? {} : {
        ca: options.tls.clientCa,
        requestCert: true,
        rejectUnauthorized: false, // tokens are the other way in: a foreign certificate counts as none
      }),
      ALPNProtocols: ["h2", "http/1.1"],
      handshakeTimeout: options.limits.handshakeMs,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    });
    this.#server.on("secureConnection", (socket) => this.#accept(socket));
    this.#server.on("tlsClientError", (_error, socket) => socket.destroy());
  }

  /** Starts listening. @throws {HostError} `in-use`, `permission`, `invalid` (certificate and key) */
  static async start(
    at: { hostname: string; port: number },
    options: { tls: ServerTls; handle: HttpHandler; limits: HttpLimits },
  ): Promise<TlsFront> {
    const folder = await PrivateFolder.make();
    try {
      const front = new TlsFront({ ...options, folder });
      await front.#listen(at);
      return front;
    } catch (error) {
      await folder.remove();
      throw hostError(`Can not listen on ${at.hostname}:${at.port}`, error);
    }
  }

  /** Where it listens. */
  get address(): { hostname: string; port: number } {
    const address = this.#server.address();
    if (address === null || typeof address === "string") {
      throw new HostError("closed", "Can not tell the address: not listening");
    }
    return { hostname: address.address, port: address.port };
  }

  /** Stops accepting; running requests may finish until `grace` settles. */
  async close(grace: Promise<void>): Promise<void> {
    const listening = Promise.withResolvers<void>();
    this.#server.close(() => listening.resolve());
    const open = [...this.#connections];
    await Promise.race([
      Promise.all(open.map((connection) => connection.finish())),
      grace,
    ]);
    for (const connection of open) connection.break();
    await Promise.all(open.map((connection) => connection.ended));
    await listening.promise;
    await this.#folder.remove();
  }

  #listen(at: { hostname: string; port: number }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(at.port, at.hostname, () => {
        this.#server.off("error", reject);
        // for example no file descriptors left for one more connection; those that are there go on
        this.#server.on("error", (error) => this.#limits.onError(error));
        resolve();
      });
    });
  }

  #accept(socket: TLSSocket): void {
    if (this.#connections.size >= this.#limits.maxConnections) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, {
      path: this.#folder.path(String(++this.#count)),
      handle: this.#handle,
      limits: this.#limits,
    });
    this.#connections.add(connection);
    connection.ended.then(() => this.#connections.delete(connection));
  }
}

/** One client's connection and the server that is only for it. */
class Connection {
  /** Resolves once nothing of it is left. */
  readonly ended: Promise<void>;
  readonly #socket: TLSSocket;
  readonly #inFlight = new InFlight();
  readonly #stopServer = new AbortController();
  readonly #server: Deno.HttpServer<Deno.UnixAddr> | undefined;

  constructor(socket: TLSSocket, options: {
    path: string;
    handle: HttpHandler;
    limits: HttpLimits;
  }) {
    this.#socket = socket;
    socket.on("error", () => {}); // a client may break off at any time; the relay ends with it
    const info = connectionInfo(socket);
    try {
      this.#server = Deno.serve({
        path: options.path,
        signal: this.#stopServer.signal,
        onListen() {},
      }, (request, { completed }) => {
        this.#inFlight.add(completed);
        return options.handle(request, info, () => this.break());
      });
    } catch (error) {
      options.limits.onError(error);
    }
    this.ended = this.#run(options.path, options.limits);
  }

  /** Closes once no request is running and the client has all the answers. */
  async finish(): Promise<void> {
    await this.#inFlight.idle();
    this.#stopServer.abort(); // its end of the relay ends, and with it, after the last byte, the relay
    await this.ended;
  }

  /** Ends it at once. */
  break(): void {
    this.#socket.destroy();
    this.#stopServer.abort();
  }

  async #run(path: string, limits: HttpLimits): Promise<void> {
    try {
      if (this.#server === undefined) return;
      const inner = await Deno.connect({ transport: "unix", path });
      // from here on nobody else can find this server, not even this user's other processes
      await Deno.remove(path);
      await new Relay(this.#socket, inner).run({
        firstByteMs: limits.firstByteMs,
      });
    } catch (error) {
      limits.onError(error);
    } finally {
      this.break();
      await this.#server?.finished;
    }
  }
}

function connectionInfo(socket: TLSSocket): ConnectionInfo {
  const remote = {
    hostname: socket.remoteAddress ?? "",
    port: socket.remotePort ?? 0,
  };
  // `authorized`: the chain leads to the client CA and the client proved to have the key
  const raw = socket.authorized ? socket.getPeerCertificate().raw : undefined;
  return raw === undefined
    ? { remote }
    : { remote, clientCertificate: new Uint8Array(raw) };
}

/**
 * One client's TLS connection and the HTTP server that is only for it.
 *
 * @module
 */
import { createServer, type TlsOptions, type TLSSocket } from "node:tls";
import { encodeText } from "../bytes.ts";
import { type ByteStream, type ConnectionInfo, HostError } from "../host.ts";
import { ClientEnd } from "./client_end.ts";
import { ConnDuplex } from "./conn_duplex.ts";
import type { HttpHandler, HttpLimits } from "./http_server.ts";
import { InFlight } from "./in_flight.ts";
import { Relay } from "./relay.ts";
import { SwitchedStream } from "./switched_stream.ts";

/** The connection, from the first byte of the handshake to the end. */
export class TlsConnection {
  /** Resolves once nothing of it is left. */
  readonly ended: Promise<void>;
  readonly #below: ConnDuplex;
  readonly #remote: { hostname: string; port: number };
  readonly #inFlight = new InFlight();
  readonly #stopServer = new AbortController();
  #socket: TLSSocket | undefined;
  #server: Deno.HttpServer<Deno.UnixAddr> | undefined;
  #client: ClientEnd | undefined;
  #relay: Relay | undefined;
  #switched: SwitchedStream | undefined;
  #finishing = false;

  /** Starts the handshake. */
  constructor(conn: Deno.TcpConn, options: {
    /** Where its server may listen for a moment. */
    path: string;
    tls: TlsOptions;
    handle: HttpHandler;
    limits: HttpLimits;
  }) {
    const { hostname, port } = conn.remoteAddr;
    this.#remote = { hostname, port };
    try {
      conn.setNoDelay(true);
      conn.setKeepAlive(true);
    } catch {
      // the client has gone already, which the first read will tell
    }
    this.#below = new ConnDuplex(conn);
    this.ended = this.#run(options);
  }

  /** Closes once no request is running and the client has all the answers. */
  async finish(): Promise<void> {
    if (this.#server === undefined) return this.break();
    await this.#inFlight.idle();
    if (this.#switched !== undefined) return this.break(); // whoever has it closed it before, or does not mind
    if (this.gone) return;
    this.#finishing = true;
    await this.#server.shutdown(); // its end of the relay ends, and with it, after the last byte, the relay
    await this.ended;
  }

  /** Ends it at once. */
  break(): void {
    this.#socket?.destroy();
    this.#below.destroy();
    // a server that is shutting down cannot be stopped any more; it ends with its connection
    if (!this.#finishing) this.#stopServer.abort();
  }

  /** Whether nobody is there any more to hear of what happens. */
  get gone(): boolean {
    return this.#below.destroyed || this.#below.readableEnded;
  }

  /**
   * Takes the connection away from HTTP while its request is being handled: sends `101` with these headers, and what follows is
   * bytes. A client may not send any before it has the 101.
   */
  switchProtocols(headers: Headers): ByteStream {
    const client = this.#client;
    const speaksHttp1 = this.#socket?.alpnProtocol !== "h2";
    if (!speaksHttp1 || client === undefined || this.#switched || this.gone) {
      throw new HostError("invalid", "Cannot switch protocols");
    }
    const stream = new SwitchedStream(client);
    this.#switched = stream;
    this.#relay?.leave();
    const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`;
    stream.write(encodeText(head)).catch(() => {}); // who reads next learns that the client is gone
    return stream;
  }

  async #run(options: {
    path: string;
    tls: TlsOptions;
    handle: HttpHandler;
    limits: HttpLimits;
  }): Promise<void> {
    const { path, handle, limits } = options;
    try {
      const socket = await this.#handshake(options.tls);
      if (socket === undefined) return;
      this.#socket = socket;
      const info = this.#infoOf(socket);
      this.#server = Deno.serve({
        path,
        signal: this.#stopServer.signal,
        onListen() {},
      }, (request, { completed }) => {
        this.#relay?.requested();
        this.#inFlight.add(completed);
        return handle(request, info, this);
      });
      const inner = await Deno.connect({ transport: "unix", path });
      // from here on nobody else can find this server, not even this user's other processes
      await Deno.remove(path);
      this.#client = new ClientEnd(socket, this.#below);
      this.#relay = new Relay(this.#client, inner);
      await this.#relay.run(limits);
      await this.#switched?.ended;
    } catch (error) {
      limits.onError(error);
    } finally {
      this.break();
      if (!this.#finishing) await this.#server?.finished;
    }
  }

  /** The decrypted end, or undefined when the client gave up, took too long or spoke nonsense: its own affair. */
  #handshake(tls: TlsOptions): Promise<TLSSocket | undefined> {
    return new Promise((resolve) => {
      // a server for one connection, so that we know which connection a finished handshake belongs to
      const server = createServer(tls, (socket) => {
        this.#below.closeGate(); // until somebody takes what is decrypted
        socket.on("error", () => {}); // a client may break off at any time; the relay ends with it
        resolve(socket);
      });
      server.on("tlsClientError", (_error, socket) => {
        socket.destroy();
        resolve(undefined);
      });
      this.#below.once("error", () => resolve(undefined));
      this.#below.once("close", () => resolve(undefined));
      server.emit("connection", this.#below);
    });
  }

  #infoOf(socket: TLSSocket): ConnectionInfo {
    // `authorized`: the chain leads to the client CA and the client proved to have the key
    const raw = socket.authorized ? socket.getPeerCertificate().raw : undefined;
    return raw === undefined
      ? { remote: this.#remote }
      : { remote: this.#remote, clientCertificate: new Uint8Array(raw) };
  }
}

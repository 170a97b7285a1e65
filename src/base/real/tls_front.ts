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
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { TlsOptions } from "node:tls";
import { HostError, type ServerTls } from "../host.ts";
import { hostError } from "./host_error.ts";
import type { HttpHandler, HttpLimits } from "./http_server.ts";
import { PrivateFolder } from "./private_folder.ts";
import { TlsConnection } from "./tls_connection.ts";

/** How long to wait when the machine has no means for another connection, for example no file descriptor. */
const ACCEPT_PAUSE_MS = 100;

/** A TLS server. */
export class TlsFront {
  readonly #listener: Deno.TcpListener;
  readonly #folder: PrivateFolder;
  readonly #tls: TlsOptions;
  readonly #handle: HttpHandler;
  readonly #limits: HttpLimits;
  readonly #connections = new Set<TlsConnection>();
  readonly #accepting: Promise<void>;
  #count = 0;
  #closed = false;

  private constructor(listener: Deno.TcpListener, options: {
    folder: PrivateFolder;
    tls: ServerTls;
    handle: HttpHandler;
    limits: HttpLimits;
  }) {
    this.#listener = listener;
    this.#folder = options.folder;
    this.#handle = options.handle;
    this.#limits = options.limits;
    this.#tls = {
      cert: options.tls.certificate,
      key: options.tls.privateKey,
      ...(options.tls.clientCa === undefined ? {} : {
        ca: options.tls.clientCa,
        requestCert: true,
        rejectUnauthorized: false, // tokens are the other way in: a foreign certificate counts as none
      }),
      ALPNProtocols: ["h2", "http/1.1"],
      allowHalfOpen: true,
      handshakeTimeout: options.limits.handshakeMs,
    };
    this.#accepting = this.#acceptAll();
  }

  /** Starts listening. @throws {HostError} `in-use`, `permission`, `invalid` (certificate or key) */
  static async start(
    at: { hostname: string; port: number },
    options: { tls: ServerTls; handle: HttpHandler; limits: HttpLimits },
  ): Promise<TlsFront> {
    const what = `Cannot listen on ${at.hostname}:${at.port}`;
    let listener: Deno.TcpListener | undefined;
    try {
      checkTls(options.tls);
      listener = Deno.listen(at);
      const folder = await PrivateFolder.make();
      return new TlsFront(listener, { ...options, folder });
    } catch (error) {
      listener?.close();
      throw hostError(what, error);
    }
  }

  /** Where it listens. */
  get address(): { hostname: string; port: number } {
    const { hostname, port } = this.#listener.addr;
    return { hostname, port };
  }

  /** Stops accepting; running requests may finish until `grace` settles. */
  async close(grace: Promise<void>): Promise<void> {
    this.#closed = true;
    this.#listener.close();
    await this.#accepting;
    const open = [...this.#connections];
    await Promise.race([
      Promise.all(open.map((connection) => connection.finish())),
      grace,
    ]);
    for (const connection of open) connection.break();
    await Promise.all(open.map((connection) => connection.ended));
    await this.#folder.remove();
  }

  async #acceptAll(): Promise<void> {
    while (!this.#closed) {
      try {
        this.#take(await this.#listener.accept());
      } catch (error) {
        if (this.#closed) return;
        this.#limits.onError(error);
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      }
    }
  }

  #take(conn: Deno.TcpConn): void {
    if (this.#connections.size >= this.#limits.maxConnections) {
      return conn.close();
    }
    const connection = new TlsConnection(conn, {
      path: this.#folder.path(String(++this.#count)),
      tls: this.#tls,
      handle: this.#handle,
      limits: this.#limits,
    });
    this.#connections.add(connection);
    connection.ended.then(() => this.#connections.delete(connection));
  }
}

/** Looks at certificates and key now: node:tls would complain to the first client. @throws {HostError} `invalid` */
function checkTls(tls: ServerTls): void {
  const read = <T>(what: string, make: () => T): T => {
    try {
      return make();
    } catch (cause) {
      throw new HostError("invalid", `Cannot read the ${what}`, { cause });
    }
  };
  const certificate = read(
    "server's certificate",
    () => new X509Certificate(tls.certificate),
  );
  const key = read(
    "server's private key",
    () => createPrivateKey(tls.privateKey),
  );
  if (!certificate.checkPrivateKey(key)) {
    throw new HostError(
      "invalid",
      "Cannot use the server's certificate: the private key belongs to another",
    );
  }
  const { clientCa } = tls;
  if (clientCa !== undefined) {
    read("client authority's certificate", () => new X509Certificate(clientCa));
  }
}

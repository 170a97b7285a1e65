/**
 * TLS connections of clients that are read no faster than somebody takes what is decrypted.
 *
 * @module
 */
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { ConnDuplex, type PlainConn } from "./conn_duplex.ts";

/** Where to, and how it is made sure of. */
export interface GatedOptions extends ConnectionOptions {
  /** A name or address; an IPv6 address may stand in brackets. */
  readonly host: string;
  /** On it. */
  readonly port: number;
  /** Connects to this unix socket instead. */
  readonly socketPath?: string;
}

/**
 * Connects; in node:tls' place, which in Deno reads on whether or not anybody takes what it decrypts: a server that sends all that it has would fill our
 * memory. What goes wrong is told by the socket's event `error`.
 */
export function connectGated(options: GatedOptions): TLSSocket {
  const { host: hostname, port, socketPath: path } = options;
  const below = new ConnDuplex(
    new LateConn(
      path === undefined
        ? Deno.connect({ hostname: bare(hostname), port: Number(port) })
        : Deno.connect({ transport: "unix", path }),
    ),
  );
  const socket: TLSSocket = connect({ ...options, socket: below });
  below.once("error", (error) => socket.destroy(error));
  // As sockets of node:net do: a kept connection that its server has ended must not be used again.
  socket.once("end", () => socket.destroySoon());
  socket.once("close", () => below.destroy());
  // When its buffer is full the socket says so, and when there is room again it asks: only nobody listens.
  const push = socket.push.bind(socket);
  socket.push = (chunk, encoding) => {
    const hasRoom = push(chunk, encoding);
    if (!hasRoom && chunk !== null) below.closeGate();
    return hasRoom;
  };
  const read = socket._read.bind(socket);
  socket._read = (size) => {
    below.openGate();
    read(size);
  };
  return socket;
}

/** Brackets around an IPv6 address are a URL's. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

/** A connection that is on its way. */
class LateConn implements PlainConn {
  readonly #coming: Promise<Deno.TcpConn | Deno.UnixConn>;
  #isClosed = false;

  constructor(coming: Promise<Deno.TcpConn | Deno.UnixConn>) {
    this.#coming = coming;
    coming.then((conn) => {
      if ("setNoDelay" in conn) conn.setNoDelay(true);
    }, () => {}); // whoever reads or writes learns of it
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    return await (await this.#coming).read(buffer);
  }

  async write(data: Uint8Array): Promise<number> {
    return await (await this.#coming).write(data);
  }

  async closeWrite(): Promise<void> {
    await (await this.#coming).closeWrite();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#coming.then((conn) => {
      try {
        conn.close();
      } catch {
        // closed already
      }
    }, () => {});
  }
}

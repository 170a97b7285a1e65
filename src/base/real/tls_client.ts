/**
 * TLS as a client on a stream that is there already.
 *
 * @module
 */
import { connect } from "node:tls";
import { HostError, type SecureOptions } from "../host.ts";
import type { ByteStream } from "../host.ts";
import { ClientEnd } from "./client_end.ts";
import { ConnDuplex } from "./conn_duplex.ts";
import { tlsOptionsOf } from "./http_client.ts";
import { SwitchedStream } from "./switched_stream.ts";

/** How long a handshake may take. */
const HANDSHAKE_MS = 20_000;

/** What {@linkcode startTls} runs on. */
export interface PlainStream {
  /** What comes, encrypted. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What goes, encrypted. */
  readonly writable: WritableStream<Uint8Array>;
}

/** Does the handshake. @throws {HostError} `invalid` (a certificate that is not trusted), `closed` */
export async function startTls(
  stream: PlainStream,
  options: SecureOptions,
): Promise<ByteStream> {
  const below = new ConnDuplex(new StreamConn(stream));
  const socket = connect({
    socket: below,
    servername: isAddress(options.serverName) ? "" : options.serverName,
    host: options.serverName,
    ...tlsOptionsOf(options),
  });
  const timer = setTimeout(
    () => socket.destroy(new Error("Handshake took too long")),
    HANDSHAKE_MS,
  );
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", () => {
        below.closeGate(); // until somebody takes what is decrypted
        resolve();
      });
      socket.once("error", reject);
      below.once("error", reject);
      below.once("close", () => reject(new Error("Connection closed")));
    });
  } catch (cause) {
    socket.destroy();
    below.destroy();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HostError("invalid", `TLS handshake failed: ${why}`, { cause });
  } finally {
    clearTimeout(timer);
  }
  socket.on("error", () => {}); // the other end may break off at any time; who reads or writes learns of it
  const end = new ClientEnd(socket, below);
  const secured = new SwitchedStream(end);
  void secured.ended.then(() => below.destroy());
  return secured;
}

function isAddress(name: string): boolean {
  return name.includes(":") || /^[0-9.]+$/.test(name);
}

/** Web streams with the face that {@linkcode ConnDuplex} reads and writes. */
class StreamConn {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #left: Uint8Array = new Uint8Array();

  constructor(stream: PlainStream) {
    this.#reader = stream.readable.getReader();
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch(() => {});
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#left = value;
    }
    const piece = this.#left.subarray(0, buffer.length);
    buffer.set(piece);
    this.#left = this.#left.subarray(piece.length);
    return piece.length;
  }

  async write(data: Uint8Array): Promise<number> {
    await this.#writer.write(data);
    return data.length;
  }

  async closeWrite(): Promise<void> {
    await this.#writer.close();
  }

  close(): void {
    this.#reader.cancel("closed").catch(() => {});
    this.#writer.abort("closed").catch(() => {});
  }
}

/**
 * One HTTP/1.1 connection over TLS that asks and waits, and knows only answers with a length. Bare sockets: a library's client would be what is measured.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import tls from "node:tls";

/** Where a server is, and how to be let in. */
export interface Server {
  /** `https://host:port`. */
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

/** A request. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  /** @default application/json */
  readonly contentType?: string;
  /** Whether the answer may be compressed. @default false */
  readonly gzip?: boolean;
}

/** An answer. */
export interface RawAnswer {
  readonly status: number;
  /** Length of the body as it was sent. */
  readonly bytes: number;
  /** The body, of answers of up to 64 KiB that are not compressed. */
  readonly text: string;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const TEXT_LIMIT_BYTES = 65_536;

/** See the module. */
export class RawClient {
  readonly #socket: tls.TLSSocket;
  readonly #head: string;
  #chunks: Buffer[] = [];
  #length = 0;
  #wanted = 0;
  #bodyAt = 0;
  #status = 0;
  #settle: ((error: Error | undefined, answer?: RawAnswer) => void) | undefined;

  private constructor(socket: tls.TLSSocket, server: Server) {
    const { host } = new URL(server.url);
    this.#socket = socket;
    this.#head = `Host: ${host}\r\nAuthorization: Bearer ${server.token}\r\n`;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("close", () => this.#settle?.(new Error("Closed")));
  }

  /** Connects. */
  static open(server: Server): Promise<RawClient> {
    const { hostname, port } = new URL(server.url);
    return new Promise((resolve, reject) => {
      const socket = tls.connect(
        { host: hostname, port: Number(port), ca: server.ca },
        () => resolve(new RawClient(socket, server)),
      );
      socket.setNoDelay(true);
      socket.on("error", reject);
    });
  }

  /** Sends a request and waits for its answer. @throws {Error} when the connection breaks */
  ask(request: RawRequest): Promise<RawAnswer> {
    const { method, path, body, contentType, gzip } = request;
    let head = `${method} ${path} HTTP/1.1\r\n${this.#head}`;
    if (gzip) head += "Accept-Encoding: gzip\r\n";
    if (body !== undefined) {
      head += `Content-Type: ${
        contentType ?? "application/json"
      }\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
    }
    return new Promise((resolve, reject) => {
      this.#settle = (error, answer) => {
        this.#settle = undefined;
        if (error) reject(error);
        else resolve(answer!);
      };
      this.#socket.write(`${head}\r\n${body ?? ""}`);
    });
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#wanted === 0 && !this.#readHead()) return;
    if (this.#length < this.#wanted) return;
    const bytes = this.#wanted - this.#bodyAt;
    const text = bytes <= TEXT_LIMIT_BYTES
      ? Buffer.concat(this.#chunks).subarray(this.#bodyAt).toString()
      : "";
    this.#chunks = [];
    this.#length = 0;
    this.#wanted = 0;
    this.#settle?.(undefined, { status: this.#status, bytes, text });
  }

  #readHead(): boolean {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    const end = all.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = all.subarray(0, end).toString("latin1");
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(length)) {
      this.#settle?.(new Error(`No length in ${head}`));
      return false;
    }
    this.#status = Number(head.slice(9, 12));
    this.#bodyAt = end + HEAD_END.length;
    this.#wanted = this.#bodyAt + length;
    return true;
  }
}

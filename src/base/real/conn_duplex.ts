/**
 * A TCP connection as a node stream that can be told to stop reading.
 *
 * @module
 */
import { Duplex } from "node:stream";
import { ReadBuffer } from "./read_buffer.ts";

/** What a {@linkcode ConnDuplex} reads and writes. */
export type PlainConn = Pick<
  Deno.Conn,
  "read" | "write" | "closeWrite" | "close"
>;

/**
 * The stream that node:tls decrypts from. We read the connection ourselves because node:tls in Deno goes on reading whether or not
 * anybody takes what it decrypted, so that a client could fill our memory.
 */
export class ConnDuplex extends Duplex {
  readonly #conn: PlainConn;
  readonly #buffer = new ReadBuffer();
  /** Resolved when the stream wants bytes again. */
  #wanted = Promise.withResolvers<void>();
  /** Resolved while the gate is open. */
  #open: PromiseWithResolvers<void> | undefined;

  /** Starts reading. @param conn which it owns from now on */
  constructor(conn: PlainConn) {
    super({ allowHalfOpen: true });
    this.#conn = conn;
    void this.#pump();
  }

  /** Reads no more from the connection until {@linkcode ConnDuplex.openGate}; at most one read is under way still. */
  closeGate(): void {
    this.#open ??= Promise.withResolvers();
  }

  /** Goes on reading. */
  openGate(): void {
    this.#open?.resolve();
    this.#open = undefined;
  }

  /** The stream wants bytes. */
  override _read(): void {
    this.#wanted.resolve();
  }

  /** Writes a whole chunk. */
  override _write(
    chunk: Uint8Array,
    _encoding: string,
    done: (error?: Error) => void,
  ): void {
    writeAll(this.#conn, chunk).then(() => done(), done);
  }

  /** Ends our direction. */
  override _final(done: (error?: Error) => void): void {
    this.#conn.closeWrite().then(() => done(), done);
  }

  /** Closes the connection. */
  override _destroy(
    error: Error | null,
    done: (error?: Error | null) => void,
  ): void {
    try {
      this.#conn.close();
    } catch {
      // closed already
    }
    this.openGate();
    this.#wanted.resolve();
    done(error);
  }

  async #pump(): Promise<void> {
    try {
      while (!this.destroyed) {
        await this.#wanted.promise;
        await this.#open?.promise;
        if (this.destroyed) return;
        const chunk = await this.#buffer.readFrom(this.#conn);
        if (chunk !== null) this.#wanted = Promise.withResolvers();
        if (!this.push(chunk) && chunk === null) return;
      }
    } catch (error) {
      this.destroy(error instanceof Error ? error : undefined);
    }
  }
}

async function writeAll(conn: PlainConn, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await conn.write(data.subarray(at));
}

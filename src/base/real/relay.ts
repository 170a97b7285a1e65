/**
 * Carries bytes between a TLS connection and a unix socket until both directions have ended.
 *
 * @module
 */
import type { TLSSocket } from "node:tls";

/** What one read takes while a connection is quiet: thousands of idle connections must cost little. */
const QUIET_BUFFER_BYTES = 4 * 1024;
/** What one read takes while a connection is busy. */
const BUSY_BUFFER_BYTES = 64 * 1024;
/**
 * How long a client has to close after the server did. Closing at once while the client still sends would reset the connection,
 * and the reset can overtake the answer.
 */
const LINGER_MS = 1_000;

/** One relay. Back-pressure goes through it: it reads from a side only after the other took what was read before. */
export class Relay {
  readonly #outer: TLSSocket;
  readonly #inner: Deno.UnixConn;

  /** @param outer the client's end, @param inner the server's */
  constructor(outer: TLSSocket, inner: Deno.UnixConn) {
    this.#outer = outer;
    this.#inner = inner;
  }

  /**
   * Runs until both directions ended or one broke; both ends are closed then.
   *
   * @param options.firstByteMs how long the client may take to send anything at all
   */
  async run(options: { firstByteMs: number }): Promise<void> {
    const outer = this.#outer;
    const silence = setTimeout(() => outer.destroy(), options.firstByteMs);
    let linger: ReturnType<typeof setTimeout> | undefined;
    outer.once("close", () => this.#closeInner());
    try {
      const inwards = this.#inwards(() => clearTimeout(silence));
      const broken = new Promise<never>((_, reject) => inwards.catch(reject));
      await Promise.race([this.#outwards(), broken]);
      linger = setTimeout(() => outer.destroy(), LINGER_MS);
      await inwards;
    } catch {
      // either end broke: closing both is all there is to do
    } finally {
      clearTimeout(silence);
      clearTimeout(linger);
      outer.destroy();
      this.#closeInner();
    }
  }

  async #inwards(onData: () => void): Promise<void> {
    // the client may be done while its answer is still to come: the end of this direction must not destroy the socket
    const chunks = this.#outer.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) {
      onData();
      for (let at = 0; at < chunk.length;) {
        at += await this.#inner.write(chunk.subarray(at));
      }
    }
    await this.#inner.closeWrite();
  }

  async #outwards(): Promise<void> {
    let buffer = new Uint8Array(QUIET_BUFFER_BYTES);
    while (true) {
      const count = await this.#inner.read(buffer);
      if (count === null) break;
      if (!this.#outer.write(buffer.slice(0, count))) await this.#drained();
      const fitting = count === buffer.length
        ? BUSY_BUFFER_BYTES
        : QUIET_BUFFER_BYTES;
      if (fitting !== buffer.length) buffer = new Uint8Array(fitting);
    }
    await new Promise<void>((resolve) => {
      this.#outer.once("close", resolve);
      this.#outer.end(resolve);
    });
  }

  #drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onDrain = () => {
        this.#outer.off("close", onClose);
        resolve();
      };
      const onClose = () => {
        this.#outer.off("drain", onDrain);
        reject(new Error("connection closed"));
      };
      if (this.#outer.destroyed) return onClose();
      this.#outer.once("drain", onDrain);
      this.#outer.once("close", onClose);
    });
  }

  #closeInner(): void {
    try {
      this.#inner.close();
    } catch {
      // closed already
    }
  }
}

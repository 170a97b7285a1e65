/**
 * Carries bytes between a TLS connection and a unix socket until both directions have ended.
 *
 * @module
 */
import type { ClientEnd } from "./client_end.ts";
import { ReadBuffer } from "./read_buffer.ts";
import { withoutEmptyLength } from "./upgrade_head.ts";

/**
 * How long a client has to close after the server did. Closing at once while the client still sends would reset the connection,
 * and the reset can overtake the answer.
 */
export const LINGER_MS = 1_000;

/** One relay. Back-pressure goes through it in both directions. */
export class Relay {
  readonly #outer: ClientEnd;
  readonly #inner: Deno.UnixConn;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #left = false;

  /** Joins two ends: the client's and the server's. */
  constructor(client: ClientEnd, inner: Deno.UnixConn) {
    this.#outer = client;
    this.#inner = inner;
  }

  /** The server has got a whole request: the client may take its time from now on. */
  requested(): void {
    clearTimeout(this.#silence);
  }

  /** Ends the relay and the server's end, and leaves the client's end to somebody else. */
  leave(): void {
    this.#left = true;
    this.#outer.interrupt();
    this.#closeInner();
  }

  /**
   * Runs until both directions ended or one broke; both ends are closed then, unless the client's was left to somebody else.
   *
   * @param options.firstRequestMs how long the client may take until {@linkcode Relay.requested} is called
   */
  async run(options: { firstRequestMs: number }): Promise<void> {
    const outer = this.#outer;
    this.#silence = setTimeout(() => outer.destroy(), options.firstRequestMs);
    let linger: ReturnType<typeof setTimeout> | undefined;
    outer.onClose(() => this.#closeInner());
    try {
      const inwards = this.#inwards();
      const broken = new Promise<never>((_, reject) => inwards.catch(reject));
      await Promise.race([this.#outwards(), broken]);
      linger = setTimeout(() => outer.destroy(), LINGER_MS);
      await inwards;
    } catch {
      // either end broke: closing both is all there is to do
    } finally {
      clearTimeout(this.#silence);
      clearTimeout(linger);
      if (!this.#left) outer.destroy();
      this.#closeInner();
    }
  }

  async #inwards(): Promise<void> {
    for (let first = true; !this.#left; first = false) {
      const read = await this.#outer.next();
      if (!read) break;
      const chunk = first ? withoutEmptyLength(read) : read;
      for (let at = 0; at < chunk.length;) {
        at += await this.#inner.write(chunk.subarray(at));
      }
    }
    if (!this.#left) await this.#inner.closeWrite();
  }

  async #outwards(): Promise<void> {
    const buffer = new ReadBuffer();
    while (true) {
      const chunk = await buffer.readFrom(this.#inner);
      if (chunk === null) break;
      await this.#outer.write(chunk);
    }
    if (!this.#left) await this.#outer.end();
  }

  #closeInner(): void {
    try {
      this.#inner.close();
    } catch {
      // closed already
    }
  }
}

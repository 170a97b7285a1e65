/**
 * Carries bytes between a TLS connection and a unix socket until both directions have ended.
 *
 * @module
 */
import type { TLSSocket } from "node:tls";
import type { ConnDuplex } from "./conn_duplex.ts";
import { ReadBuffer } from "./read_buffer.ts";

/** How much of what a client sent may wait for the server before we stop reading, and how little before we go on. */
const HIGH_WATER_BYTES = 128 * 1024;
const LOW_WATER_BYTES = 32 * 1024;
/**
 * How long a client has to close after the server did. Closing at once while the client still sends would reset the connection,
 * and the reset can overtake the answer.
 */
const LINGER_MS = 1_000;

/** One relay. Back-pressure goes through it in both directions. */
export class Relay {
  readonly #outer: TLSSocket;
  readonly #below: ConnDuplex;
  readonly #inner: Deno.UnixConn;
  #silence: ReturnType<typeof setTimeout> | undefined;

  /**
   * Joins two ends.
   *
   * @param client its decrypted end, and the encrypted stream below that
   * @param inner the server's end
   */
  constructor(
    client: { socket: TLSSocket; below: ConnDuplex },
    inner: Deno.UnixConn,
  ) {
    this.#outer = client.socket;
    this.#below = client.below;
    this.#inner = inner;
  }

  /** The server has got a whole request: the client may take its time from now on. */
  requested(): void {
    clearTimeout(this.#silence);
  }

  /**
   * Runs until both directions ended or one broke; both ends are closed then.
   *
   * @param options.firstRequestMs how long the client may take until {@linkcode Relay.requested} is called
   */
  async run(options: { firstRequestMs: number }): Promise<void> {
    const outer = this.#outer;
    this.#silence = setTimeout(() => outer.destroy(), options.firstRequestMs);
    let linger: ReturnType<typeof setTimeout> | undefined;
    outer.once("close", () => this.#closeInner());
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
      outer.destroy();
      this.#closeInner();
    }
  }

  async #inwards(): Promise<void> {
    const chunks = new Backlog(this.#below);
    this.#outer.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    this.#outer.once("end", () => chunks.end());
    this.#outer.once("close", () => chunks.end());
    // events from before we listened do not come again
    if (this.#outer.readableEnded || this.#outer.destroyed) chunks.end();
    this.#below.openGate();
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        at += await this.#inner.write(chunk.subarray(at));
      }
    }
    await this.#inner.closeWrite();
  }

  async #outwards(): Promise<void> {
    const buffer = new ReadBuffer();
    while (true) {
      const chunk = await buffer.readFrom(this.#inner);
      if (chunk === null) break;
      if (!this.#outer.write(chunk)) await this.#drained();
    }
    await new Promise<void>((resolve) => {
      this.#outer.once("close", () => resolve());
      this.#outer.end(() => resolve());
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
        reject(new Error("Connection closed"));
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

/** What was decrypted and not written yet; closes the gate below while it is long. */
class Backlog {
  readonly #gate: ConnDuplex;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #wake = Promise.withResolvers<void>();

  constructor(gate: ConnDuplex) {
    this.#gate = gate;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= HIGH_WATER_BYTES) this.#gate.closeGate();
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (true) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        yield chunk;
        this.#bytes -= chunk.length;
        if (this.#bytes <= LOW_WATER_BYTES) this.#gate.openGate();
      } else if (this.#ended) {
        return;
      } else {
        this.#wake = Promise.withResolvers();
        await this.#wake.promise;
      }
    }
  }
}

/**
 * The decrypted end of a client's TLS connection, read and written no faster than the other side goes.
 *
 * @module
 */
import type { TLSSocket } from "node:tls";
import type { ConnDuplex } from "./conn_duplex.ts";

/** How much of what a client sent may wait to be read before we stop taking it from the network, and how little before we go on. */
const HIGH_WATER_BYTES = 128 * 1024;
const LOW_WATER_BYTES = 32 * 1024;

/** One client's end. It has one reader at a time. */
export class ClientEnd {
  readonly #socket: TLSSocket;
  readonly #below: ConnDuplex;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  /** Who waits for the next bytes is told whether to look again. */
  #wake: PromiseWithResolvers<boolean> | undefined;

  /**
   * Starts reading.
   *
   * @param socket what is decrypted
   * @param below the encrypted stream under it, whose gate is closed until now
   */
  constructor(socket: TLSSocket, below: ConnDuplex) {
    this.#socket = socket;
    this.#below = below;
    socket.on("data", (chunk: Uint8Array) => this.#push(chunk));
    socket.once("end", () => this.#end());
    socket.once("close", () => this.#end());
    // the socket does not notice by itself while nobody reads it
    below.once("error", () => socket.destroy());
    if (below.errored) socket.destroy();
    // events from before we listened do not come again
    if (socket.readableEnded || socket.destroyed) this.#end();
    below.openGate();
  }

  /** Whether the connection is gone. */
  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  /** Calls back once the connection is gone. */
  onClose(fn: () => void): void {
    if (this.#socket.destroyed) fn();
    else this.#socket.once("close", fn);
  }

  /** The next bytes; null at the end of what the client sends, undefined when {@linkcode ClientEnd.interrupt} ended the wait. */
  async next(): Promise<Uint8Array | null | undefined> {
    while (true) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#bytes -= chunk.length;
        if (this.#bytes <= LOW_WATER_BYTES) this.#below.openGate();
        return chunk;
      }
      if (this.#ended) return null;
      this.#wake ??= Promise.withResolvers();
      const again = await this.#wake.promise;
      if (!again) return undefined;
    }
  }

  /** Ends the present reader's wait, so that another may read. */
  interrupt(): void {
    this.#stir(false);
  }

  /** Sends all of a chunk; resolves when the next may follow. @throws {Error} when the connection is gone */
  async write(chunk: Uint8Array): Promise<void> {
    if (!this.#socket.write(chunk)) await this.#drained();
  }

  /** Ends our direction; resolves when everything has left, or never can. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.onClose(resolve);
      this.#socket.end(() => resolve());
    });
  }

  /** Breaks the connection. */
  destroy(): void {
    this.#socket.destroy();
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= HIGH_WATER_BYTES) this.#below.closeGate();
    this.#stir(true);
  }

  #end(): void {
    this.#ended = true;
    this.#stir(true);
  }

  #stir(again: boolean): void {
    this.#wake?.resolve(again);
    this.#wake = undefined;
  }

  #drained(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const onDrain = () => {
        socket.off("close", onClose);
        resolve();
      };
      const onClose = () => {
        socket.off("drain", onDrain);
        reject(new Error("Connection closed"));
      };
      if (socket.destroyed) return onClose();
      socket.once("drain", onDrain);
      socket.once("close", onClose);
    });
  }
}

/**
 * What is left of an HTTP connection after `101 Switching Protocols`: bytes both ways.
 *
 * @module
 */
import type { ByteStream } from "../host.ts";
import type { ClientEnd } from "./client_end.ts";
import { LINGER_MS } from "./relay.ts";

/** The client's connection as its new owner gets it. */
export class SwitchedStream implements ByteStream {
  /** Resolves once the connection is gone. */
  readonly ended: Promise<void>;
  readonly #client: ClientEnd;
  #left: Uint8Array | undefined;
  #closing = false;

  /** Takes a client's end over. */
  constructor(client: ClientEnd) {
    this.#client = client;
    this.ended = new Promise((resolve) => client.onClose(resolve));
  }

  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      pull: async (controller) => {
        const chunk = await this.#next();
        if (chunk === null) controller.close();
        else controller.enqueue(new Uint8Array(chunk));
      },
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
  }

  get writable(): WritableStream<Uint8Array<ArrayBufferLike>> {
    return new WritableStream({
      write: async (chunk) => {
        await this.write(chunk);
      },
      close: () => this.closeWrite(),
      abort: () => this.close(),
    });
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    const chunk = await this.#next();
    if (chunk === null) return null;
    const head = chunk.subarray(0, buffer.length);
    buffer.set(head);
    if (head.length < chunk.length) this.#left = chunk.subarray(head.length);
    return head.length;
  }

  async write(data: Uint8Array): Promise<number> {
    if (this.#client.destroyed || this.#closing) {
      throw new Error("Connection closed");
    }
    await this.#client.write(data);
    return data.length;
  }

  closeWrite(): Promise<void> {
    return this.#client.end();
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    void this.#linger();
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #next(): Promise<Uint8Array | null> {
    const left = this.#left;
    this.#left = undefined;
    return left ?? await this.#client.next() ?? null;
  }

  /** Lets the last bytes arrive before the connection is broken: a reset, which unread bytes cause, would overtake them. */
  async #linger(): Promise<void> {
    const timer = setTimeout(() => this.#client.destroy(), LINGER_MS);
    try {
      void this.#client.end();
      while (await this.#client.next()); // a reader that still waits shares what comes with us, and gets the end too
    } finally {
      clearTimeout(timer);
      this.#client.destroy();
    }
  }
}

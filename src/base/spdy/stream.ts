/**
 * One stream of a SPDY session.
 *
 * @module
 */
import { HostError } from "../host.ts";
import type { SpdyStream } from "../spdy.ts";
import { RST } from "./frame.ts";
import type { SpdyHeaders } from "./header_block.ts";

/** The most that one data frame carries, so that frames of other streams come in between. */
const MAX_DATA_BYTES = 32 * 1024;

/** What a stream needs of its session. */
export interface StreamSession {
  /** Sends bytes of a stream; resolves when the transport wants more. */
  data(id: number, part: { data: Uint8Array; fin: boolean }): Promise<void>;
  /** Accepts a stream. */
  reply(id: number, headers: SpdyHeaders): void;
  /** Tells the peer that a stream is over. */
  rst(id: number, status: number): void;
  /** What all streams hold unread changed by so much. */
  unread(changeBytes: number): void;
  /** The stream is over in both directions. */
  gone(id: number): void;
}

/** A stream's state on one side. */
export class SessionStream implements SpdyStream {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when the peer accepted it; ours from the start. */
  readonly accepted: PromiseWithResolvers<SpdyHeaders> = Promise
    .withResolvers();
  readonly #session: StreamSession;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #reader!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #writer!: WritableStreamDefaultController;
  #wanted = false;
  #discarding = false;
  #inEnded = false;
  #outEnded = false;
  #over = false;
  #reset = false;
  /** Why the readable fails once what came before was read. */
  #failure: Error | undefined;

  /** A stream that one of the sides just opened. */
  constructor(session: StreamSession, options: {
    id: number;
    headers: SpdyHeaders;
    /** The peer's direction is over from the start. */
    inEnded?: boolean;
    /** Our direction is over from the start. */
    outEnded?: boolean;
  }) {
    this.#session = session;
    this.id = options.id;
    this.headers = options.headers;
    this.#inEnded = options.inEnded ?? false;
    this.#outEnded = options.outEnded ?? false;
    this.accepted.promise.catch(() => {});
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#reader = controller;
      },
      pull: () => this.#hand(),
      cancel: () => this.#discard(),
    }, { highWaterMark: 0 });
    this.writable = new WritableStream({
      start: (controller) => {
        this.#writer = controller;
      },
      write: (chunk) => this.#write(chunk),
      close: () => this.#end(),
      abort: () => this.reset(),
    });
  }

  get wasReset(): boolean {
    return this.#reset;
  }

  reply(headers: SpdyHeaders = {}): void {
    if (!this.#over) this.#session.reply(this.id, headers);
  }

  reset(status: number = RST.cancel): void {
    if (this.#over) return;
    this.#session.rst(this.id, status);
    this.#clear();
    this.fail(new HostError("closed", "Stream was reset"));
  }

  /** The peer sent bytes, or its end. */
  received(data: Uint8Array, fin: boolean): void {
    if (this.#over || this.#inEnded) return;
    if (data.length > 0 && !this.#discarding) {
      this.#chunks.push(data.slice()); // of a buffer that is used again
      this.#session.unread(data.length);
    }
    this.#inEnded = fin;
    if (this.#wanted) this.#hand();
    this.#settle();
  }

  /** The peer wants no more, nor will it send more: what came can be read to an ordinary end, as Go's peers expect. */
  resetByPeer(status: number): void {
    if (this.#over) return;
    this.#reset = true;
    this.#inEnded = true;
    const error = new HostError(
      "closed",
      `Stream reset by peer (status ${status})`,
    );
    this.accepted.reject(error);
    this.#leave(error);
  }

  /** The session is gone, or we reset the stream. What came can be read before the readable fails, unless it had ended well. */
  fail(error: Error): void {
    if (this.#over) return;
    this.accepted.reject(error);
    if (!this.#inEnded) this.#failure = error;
    this.#inEnded = true;
    this.#leave(error);
  }

  #leave(error?: Error): void {
    this.#over = true;
    if (error !== undefined && !this.#outEnded) this.#writer.error(error);
    this.#outEnded = true;
    if (this.#wanted) this.#hand();
    this.#session.gone(this.id);
  }

  /** Gives the reader one chunk, or the end, now or as soon as there is one. */
  #hand(): void {
    if (this.#discarding) return;
    const chunk = this.#chunks.shift();
    this.#wanted = chunk === undefined;
    if (chunk !== undefined) {
      this.#session.unread(-chunk.length);
      this.#reader.enqueue(chunk);
    } else if (this.#failure !== undefined) {
      this.#wanted = false;
      this.#reader.error(this.#failure);
    } else if (this.#inEnded) {
      this.#wanted = false;
      this.#reader.close();
    }
  }

  async #write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#over; at += MAX_DATA_BYTES) {
      const data = chunk.subarray(at, at + MAX_DATA_BYTES);
      await this.#session.data(this.id, { data, fin: false });
    }
  }

  async #end(): Promise<void> {
    if (this.#outEnded) return;
    this.#outEnded = true;
    await this.#session.data(this.id, { data: new Uint8Array(), fin: true });
    this.#settle();
  }

  #discard(): void {
    this.#discarding = true;
    this.#clear();
    this.#settle();
  }

  #clear(): void {
    for (const chunk of this.#chunks.splice(0)) {
      this.#session.unread(-chunk.length);
    }
  }

  /** Leaves the session once both directions are over. */
  #settle(): void {
    if (this.#over || !this.#outEnded) return;
    if (this.#inEnded) this.#leave();
    else if (this.#discarding) this.reset();
  }
}

/**
 * One stream of a link.
 *
 * @module
 */
import { concat, encodeText } from "../bytes.ts";
import { messageOf } from "../errors.ts";
import { HostError } from "../host.ts";
import type { MuxStream } from "../mux.ts";
import {
  DATA_OVERHEAD_BYTES,
  encodeFrame,
  FRAME,
  MAX_DATA_BYTES,
  ProtocolError,
  varint,
} from "./frame.ts";
import type { Outbox, Sender } from "./outbox.ts";

/** How much a peer may send on one stream before our side has read it. */
export const WINDOW_BYTES = 256 * 1024;
/** How much a stream takes from its writer ahead of what could be sent. */
const WRITE_AHEAD_BYTES = 32 * 1024;
/** The most that a window may grow to; a peer that grants more is broken. */
const MAX_WINDOW_BYTES = 2 ** 31;
/** Reasons of resets are for people; longer ones are cut. */
const MAX_REASON_LENGTH = 1_000;

/** What a stream needs of its link. */
export interface StreamLink {
  /** Where its frames go. */
  readonly outbox: Outbox;
  /** What all streams of the link hold unread changed by so much. */
  unread(changeBytes: number): void;
  /** The stream is over in both directions. */
  gone(stream: LinkStream): void;
}

/** A stream's state on one side. */
export class LinkStream implements MuxStream, Sender {
  /** Its number on the link. */
  readonly id: number;
  readonly header: Readonly<Record<string, unknown>>;
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #link: StreamLink;
  readonly #in = new Incoming();
  #reader!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #writer!: WritableStreamDefaultController;
  /** What waits to be sent. */
  readonly #out: Uint8Array[] = [];
  #outBytes = 0;
  /** What the peer lets us send. */
  #credit = WINDOW_BYTES;
  /** What the writer waits for. */
  #written: PromiseWithResolvers<void> | undefined;
  /** Our direction: open, closed by the writer but not yet told, told. */
  #outState: "open" | "ending" | "ended" = "open";
  /** Why the reader wants no more. */
  #discarding: string | undefined;
  /** What is counted as unread with the link. */
  #unreadBytes = 0;
  #over = false;

  /** A stream that one of the sides just opened. */
  constructor(link: StreamLink, options: {
    id: number;
    header: Readonly<Record<string, unknown>>;
    /** Our direction is over from the start. */
    outEnded?: boolean;
    /** The peer's direction is over from the start. */
    inEnded?: boolean;
  }) {
    this.#link = link;
    this.id = options.id;
    this.header = options.header;
    if (options.outEnded) this.#outState = "ended";
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#reader = controller;
      },
      pull: () => this.#hand(),
      cancel: (reason) => this.#discard(messageOf(reason ?? "cancelled")),
    }, { highWaterMark: 0 });
    this.writable = new WritableStream({
      start: (controller) => {
        this.#writer = controller;
      },
      write: (chunk) => this.#write(chunk),
      close: () => this.#end(),
      abort: (reason) => this.reset(messageOf(reason ?? "aborted")),
    });
    if (options.inEnded) this.received({ end: true });
  }

  reset(reason: string): void {
    this.#forgetUnread();
    if (this.#over) return;
    const text = encodeText(reason.slice(0, MAX_REASON_LENGTH));
    this.#link.outbox.urgent(encodeFrame(FRAME.reset, this.id, text));
    this.#in.ended = false; // nothing of it is to be read any more
    this.fail(new HostError("closed", `Stream reset: ${reason}`));
  }

  /**
   * Ends both directions without telling the peer, who knows or is gone. What came whole before that can still be read: a server that
   * has answered may give up the rest of the request.
   */
  fail(error: Error): void {
    if (this.#over) return;
    this.#leave();
    this.#out.length = 0;
    this.#outBytes = 0;
    if (!this.#in.ended) {
      this.#in.clear();
      this.#reader.error(error);
    }
    this.#writer.error(error);
    this.#written?.reject(error);
  }

  /** The peer sent bytes, or ended its direction. @throws {ProtocolError} */
  received(what: { data: Uint8Array<ArrayBuffer> } | { end: true }): void {
    if (this.#over) return;
    if (this.#in.ended) throw new ProtocolError("data after the end");
    if ("end" in what) {
      this.#in.ended = true;
    } else {
      if (what.data.length === 0) throw new ProtocolError("empty data");
      this.#unread(this.#in.push(what.data));
      if (this.#discarding !== undefined) this.#forgetUnread();
    }
    if (this.#in.wanted) this.#hand();
    this.#settle();
  }

  /** The peer may be sent more. @throws {ProtocolError} */
  granted(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > MAX_WINDOW_BYTES) {
      throw new ProtocolError("window too large");
    }
    if (!this.#over) this.#link.outbox.ready(this);
  }

  take(limitBytes: number): Uint8Array | undefined {
    if (this.#over) return undefined;
    const size = Math.min(
      this.#outBytes,
      limitBytes,
      MAX_DATA_BYTES,
      this.#credit - DATA_OVERHEAD_BYTES,
    );
    if (size > 0) {
      this.#credit -= size + DATA_OVERHEAD_BYTES;
      const frame = encodeFrame(FRAME.data, this.id, this.#cut(size));
      if (this.#outBytes <= WRITE_AHEAD_BYTES) this.#written?.resolve();
      return frame;
    }
    if (this.#outBytes > 0 || this.#outState !== "ending") return undefined;
    this.#outState = "ended";
    this.#written?.resolve();
    this.#settle();
    return encodeFrame(FRAME.end, this.id);
  }

  /** Gives the reader one chunk, or the end, now or as soon as there is one. */
  #hand(): void {
    const next = this.#in.shift();
    if (next !== undefined) {
      this.#unread(-next.costBytes);
      if (next.grantBytes > 0 && !this.#over) {
        const grant = new Uint8Array(varint(next.grantBytes));
        this.#link.outbox.urgent(encodeFrame(FRAME.window, this.id, grant));
      }
      this.#reader.enqueue(next.chunk);
    } else if (this.#in.ended) {
      this.#reader.close();
    }
  }

  #write(chunk: Uint8Array): Promise<void> | void {
    if (chunk.length === 0) return;
    this.#out.push(chunk.slice()); // the writer may use its buffer again before this was sent
    this.#outBytes += chunk.length;
    this.#link.outbox.ready(this);
    if (this.#outBytes > WRITE_AHEAD_BYTES) return this.#until();
  }

  #end(): Promise<void> | void {
    if (this.#outState !== "open") return;
    this.#outState = "ending";
    this.#link.outbox.ready(this);
    return this.#until();
  }

  /** Resolves when the outbox took what there was. */
  #until(): Promise<void> {
    this.#written = Promise.withResolvers();
    return this.#written.promise;
  }

  /** Takes the first `size` bytes of what waits. */
  #cut(size: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let missing = size; missing > 0;) {
      const head = this.#out[0]!;
      if (head.length <= missing) {
        this.#out.shift();
        parts.push(head);
        missing -= head.length;
      } else {
        parts.push(head.subarray(0, missing));
        this.#out[0] = head.subarray(missing);
        missing = 0;
      }
    }
    this.#outBytes -= size;
    return parts.length === 1 ? parts[0]! : concat(parts);
  }

  /** The reader wants no more. The writer may still be at work, so the peer is told when our direction is over. */
  #discard(reason: string): void {
    this.#discarding = reason;
    this.#forgetUnread();
    this.#settle();
  }

  /** Leaves the link once both directions are over; what was received can still be read. */
  #settle(): void {
    if (this.#over || this.#outState !== "ended") return;
    if (this.#in.ended) return this.#leave();
    if (this.#discarding !== undefined) this.reset(this.#discarding);
  }

  #leave(): void {
    this.#over = true;
    this.#link.unread(-this.#unreadBytes); // it is bounded now, and nobody may ever read it
    this.#unreadBytes = 0;
    this.#link.outbox.forget(this);
    this.#link.gone(this);
  }

  #unread(changeBytes: number): void {
    if (this.#over) return;
    this.#unreadBytes += changeBytes;
    this.#link.unread(changeBytes);
  }

  #forgetUnread(): void {
    this.#unread(-this.#in.clear());
  }
}

/** What came and was not read yet. */
class Incoming {
  ended = false;
  /** A reader waits for the next chunk. */
  wanted = false;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #unreadBytes = 0;
  /** Read, but not yet granted again. */
  #owedBytes = 0;

  /** Keeps a chunk; answers what it costs. @throws {ProtocolError} when the peer had no window for it */
  push(chunk: Uint8Array<ArrayBuffer>): number {
    const cost = chunk.length + DATA_OVERHEAD_BYTES;
    if (this.#unreadBytes + this.#owedBytes + cost > WINDOW_BYTES) {
      throw new ProtocolError("data beyond the window");
    }
    this.#chunks.push(chunk);
    this.#unreadBytes += cost;
    return cost;
  }

  /** The next chunk, its cost, and what to grant the peer for it (gathered, so that grants are few). */
  shift(): {
    chunk: Uint8Array<ArrayBuffer>;
    costBytes: number;
    grantBytes: number;
  } | undefined {
    const chunk = this.#chunks.shift();
    this.wanted = chunk === undefined;
    if (chunk === undefined) return undefined;
    const costBytes = chunk.length + DATA_OVERHEAD_BYTES;
    this.#unreadBytes -= costBytes;
    this.#owedBytes += costBytes;
    const due = !this.ended && this.#owedBytes >= WINDOW_BYTES / 2;
    const grantBytes = due ? this.#owedBytes : 0;
    if (due) this.#owedBytes = 0;
    return { chunk, costBytes, grantBytes };
  }

  /** Forgets everything; answers what it had cost. */
  clear(): number {
    const cost = this.#unreadBytes;
    this.#chunks.length = 0;
    this.#unreadBytes = 0;
    return cost;
  }
}

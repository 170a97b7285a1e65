/**
 * Both ends of a SPDY session are one of these.
 *
 * @module
 */
import { asError, messageOf } from "../errors.ts";
import { HostError } from "../host.ts";
import type { SpdyOptions, SpdySession, SpdyStream } from "../spdy.ts";
import {
  CONTROL,
  controlFrame,
  dataFrame,
  FLAG_FIN,
  FrameReader,
  RST,
  SpdyError,
  type SpdyFrame,
  wordAt,
  words,
} from "./frame.ts";
import {
  HeaderReader,
  HeaderWriter,
  type SpdyHeaders,
} from "./header_block.ts";
import { SessionStream, type StreamSession } from "./stream.ts";

/** What all streams may hold unread before we stop reading: Kubernetes' peers know no windows. */
const MAX_UNREAD_BYTES = 512 * 1024;
/** How many streams a peer may have open at once. */
const MAX_PEER_STREAMS = 1024;
/** A SYN_STREAM has its two stream ids, priority and slot before the headers. */
const SYN_STREAM_HEAD_BYTES = 10;

/** A session over a byte transport. */
export class Session implements SpdySession {
  readonly closed: Promise<string>;
  readonly #options: SpdyOptions;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #headersIn = new HeaderReader();
  readonly #headersOut = new HeaderWriter();
  readonly #streams = new Map<number, SessionStream>();
  readonly #session: StreamSession;
  readonly #resolveClosed: (reason: string) => void;
  readonly #isClient: boolean;
  #nextId: number;
  #lastPeerId = 0;
  #unreadBytes = 0;
  /** Resolved when streams were read. */
  #room: PromiseWithResolvers<void> | undefined;
  #goneAway = false;
  #over = false;

  /** Takes the transport over. */
  constructor(
    transport: {
      readonly readable: ReadableStream<Uint8Array>;
      readonly writable: WritableStream<Uint8Array>;
    },
    options: SpdyOptions,
  ) {
    this.#options = options;
    this.#isClient = options.role === "client";
    this.#nextId = this.#isClient ? 1 : 2;
    this.#reader = transport.readable.getReader();
    this.#writer = transport.writable.getWriter();
    // A peer that closes before it has read all that we sent makes our writing fail while its last words wait to be read: the reading tells the end.
    this.#writer.closed.catch(() => {});
    const closed = Promise.withResolvers<string>();
    this.closed = closed.promise;
    this.#resolveClosed = closed.resolve;
    this.#session = {
      data: (id, part) => this.#send(dataFrame(id, part)),
      reply: (id, headers) =>
        this.#control(CONTROL.synReply, { headers, parts: [words(id)] }),
      rst: (id, status) =>
        this.#control(CONTROL.rstStream, { parts: [words(id, status)] }),
      unread: (change) => this.#unread(change),
      gone: (id) => this.#remove(id),
    };
    void this.#run();
  }

  async open(
    headers: SpdyHeaders,
    options: { end?: boolean } = {},
  ): Promise<SpdyStream> {
    if (this.#over || this.#goneAway) {
      throw new HostError("closed", "Cannot open a stream: session closed");
    }
    const end = options.end ?? false;
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = new SessionStream(this.#session, {
      id,
      headers,
      outEnded: end,
    });
    this.#streams.set(id, stream);
    this.#control(CONTROL.synStream, {
      headers,
      flags: end ? FLAG_FIN : 0,
      parts: [words(id, 0), new Uint8Array(2)],
    });
    await stream.accepted.promise;
    return stream;
  }

  close(reason: string): void {
    if (this.#over) return;
    this.#control(CONTROL.goAway, { parts: [words(this.#lastPeerId, 0)] });
    this.#finish(reason);
  }

  async #run(): Promise<void> {
    const frames = new FrameReader();
    try {
      while (!this.#over) {
        const { done, value } = await this.#reader.read();
        if (done) return this.#finish("connection closed");
        for (const frame of frames.feed(value)) await this.#dispatch(frame);
        while (this.#unreadBytes > MAX_UNREAD_BYTES && !this.#over) {
          this.#room = Promise.withResolvers();
          await this.#room.promise;
        }
      }
    } catch (error) {
      const broken = !(error instanceof SpdyError);
      if (!broken && !this.#over) {
        this.#control(CONTROL.goAway, { parts: [words(this.#lastPeerId, 1)] });
      }
      this.#finish(messageOf(error), { broken });
    }
  }

  #dispatch(frame: SpdyFrame): Promise<void> | void {
    if ("stream" in frame) {
      return this.#streams.get(frame.stream)?.received(frame.data, frame.fin);
    }
    const { control, flags, payload } = frame;
    const fin = (flags & FLAG_FIN) !== 0;
    switch (control) {
      case CONTROL.synStream:
        return this.#accept(payload, fin);
      case CONTROL.synReply: {
        const headers = this.#headersIn.decode(payload.subarray(4));
        const stream = this.#streams.get(wordAt(payload, 0));
        stream?.accepted.resolve(headers);
        if (fin) stream?.received(new Uint8Array(), true);
        return;
      }
      case CONTROL.rstStream: {
        const status = wordAt(payload, 4);
        return this.#streams.get(wordAt(payload, 0))?.resetByPeer(status);
      }
      case CONTROL.headers:
        this.#headersIn.decode(payload.subarray(4)); // nobody says anything with them, but later blocks refer to them
        if (fin) {
          this.#streams.get(wordAt(payload, 0))?.received(
            new Uint8Array(),
            true,
          );
        }
        return;
      case CONTROL.ping: {
        // ours are odd when we are the client; the peer's are sent back, and no faster than it takes them
        const ours = wordAt(payload, 0) % 2 === (this.#isClient ? 1 : 0);
        return ours ? undefined : this.#send(
          controlFrame(CONTROL.ping, { parts: [payload.slice(0, 4)] }),
        );
      }
      case CONTROL.goAway:
        this.#goneAway = true;
        return this.#endIfIdle();
      default:
        return; // settings and windows, which Kubernetes' peers neither send nor keep to
    }
  }

  #accept(payload: Uint8Array, inEnded: boolean): Promise<void> | void {
    const id = wordAt(payload, 0);
    const headers = this.#headersIn.decode(
      payload.subarray(SYN_STREAM_HEAD_BYTES),
    );
    if (id % 2 === this.#nextId % 2 || id <= this.#lastPeerId) {
      throw new SpdyError(`Stream ${id} cannot be opened`);
    }
    this.#lastPeerId = id;
    if (this.#goneAway || this.#streams.size >= MAX_PEER_STREAMS) {
      return this.#send(controlFrame(CONTROL.rstStream, {
        parts: [words(id, RST.refusedStream)],
      }));
    }
    const stream = new SessionStream(this.#session, { id, headers, inEnded });
    stream.accepted.resolve({});
    this.#streams.set(id, stream);
    if (this.#options.onStream === undefined) {
      return stream.reset(RST.refusedStream);
    }
    this.#options.onStream(stream);
  }

  #control(
    control: number,
    payload: {
      flags?: number;
      parts: readonly Uint8Array[];
      headers?: SpdyHeaders;
    },
  ): void {
    const { headers, parts, ...rest } = payload;
    const block = headers === undefined
      ? []
      : [this.#headersOut.encode(headers)];
    this.#send(controlFrame(control, { ...rest, parts: [...parts, ...block] }))
      .catch(() => {});
  }

  async #send(frame: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#over) throw new HostError("closed", "Session closed");
    await this.#writer.write(frame);
  }

  #unread(changeBytes: number): void {
    this.#unreadBytes += changeBytes;
    if (this.#unreadBytes <= MAX_UNREAD_BYTES) this.#room?.resolve();
  }

  #remove(id: number): void {
    this.#streams.delete(id);
    this.#endIfIdle();
  }

  /** After a GOAWAY the session ends with its last stream. */
  #endIfIdle(): void {
    if (this.#goneAway && this.#streams.size === 0) this.#finish("peer left");
  }

  #finish(reason: string, options: { broken?: boolean } = {}): void {
    if (this.#over) return;
    this.#over = true;
    this.#room?.resolve();
    const error = new HostError("closed", `Session closed: ${reason}`);
    for (const stream of [...this.#streams.values()]) stream.fail(error);
    // what is written still leaves, unless nobody is there to take it
    const left = options.broken
      ? this.#writer.abort(error)
      : this.#writer.close();
    left.catch(() => {});
    this.#reader.cancel(asError(reason)).catch(() => {});
    this.#resolveClosed(reason);
  }
}

/**
 * Both ends of a link are one of these.
 *
 * @module
 */
import { decodeText, encodeText } from "../bytes.ts";
import { messageOf } from "../errors.ts";
import { type Clock, HostError, type MessageSocket } from "../host.ts";
import type { Mux, MuxOptions, MuxStream } from "../mux.ts";
import {
  decodeFrames,
  encodeFrame,
  FRAME,
  type Frame,
  MAX_HEADER_BYTES,
  ProtocolError,
  readVarint,
} from "./frame.ts";
import { KeepAlive } from "./keep_alive.ts";
import { Outbox } from "./outbox.ts";
import { LinkStream, type StreamLink } from "./stream.ts";

/** How many streams a peer may have open at once. */
const MAX_PEER_STREAMS = 1024;
/** What all streams of a link may hold unread; the stream that goes beyond is reset. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
/** WebSocket close codes (RFC 6455 §7.4.1). */
const NORMAL = 1000;
const OUR_PROTOCOL_ERROR = 4002;

/** The multiplexer over one socket. */
export class Link implements Mux {
  readonly closed: Promise<string>;
  readonly #socket: MessageSocket;
  readonly #clock: Clock;
  readonly #options: MuxOptions;
  readonly #outbox: Outbox;
  readonly #keepAlive: KeepAlive;
  readonly #streams = new Map<number, LinkStream>();
  readonly #streamLink: StreamLink;
  readonly #resolveClosed: (reason: string) => void;
  #lastHeardMs: number;
  #nextId: number;
  #lastPeerId: number;
  #peerStreams = 0;
  #unreadBytes = 0;
  #pongDue = false;
  #over = false;

  /** Takes the socket over. */
  constructor(
    clock: Clock,
    socket: MessageSocket,
    options: MuxOptions,
  ) {
    this.#clock = clock;
    this.#socket = socket;
    this.#options = options;
    // odd ids are the dialling side's, even ones the other's: both may open at the same moment
    this.#nextId = options.role === "client" ? 1 : 2;
    this.#lastPeerId = options.role === "client" ? 0 : -1;
    const closed = Promise.withResolvers<string>();
    this.closed = closed.promise;
    this.#resolveClosed = closed.resolve;
    this.#outbox = new Outbox(
      clock,
      socket,
      () => this.#breakOff("peer does not read"),
    );
    this.#lastHeardMs = clock.monotonicMs();
    this.#streamLink = {
      outbox: this.#outbox,
      unread: (change) => {
        this.#unreadBytes += change;
      },
      gone: (stream) => this.#remove(stream),
    };
    this.#keepAlive = new KeepAlive(clock, {
      periodMs: options.keepAliveMs,
      pings: options.role === "client",
      activity: () => ({
        lastSentMs: this.#outbox.lastSentMs,
        lastHeardMs: this.#lastHeardMs,
      }),
      ping: () => this.#outbox.urgent(encodeFrame(FRAME.ping, 0)),
      onSilence: () => this.#breakOff("peer is silent"),
    });
    socket.listen({
      onMessage: (message) => this.#receive(message),
      onClose: ({ code, reason }) =>
        this.#finish(reason || `connection closed with code ${code}`),
    });
  }

  get lastHeardMs(): number {
    return this.#lastHeardMs;
  }

  open(
    header: Readonly<Record<string, unknown>>,
    options: { end?: boolean } = {},
  ): MuxStream {
    if (this.#over) {
      throw new HostError("closed", "Cannot open a stream: link closed");
    }
    const bytes = encodeText(JSON.stringify(header));
    if (bytes.length > MAX_HEADER_BYTES) {
      throw new HostError(
        "invalid",
        `Cannot open a stream: header of ${bytes.length} bytes, at most ${MAX_HEADER_BYTES}`,
      );
    }
    const end = options.end ?? false;
    const id = this.#nextId;
    this.#nextId += 2;
    this.#outbox.urgent(
      encodeFrame(end ? FRAME.openEnd : FRAME.open, id, bytes),
    );
    const stream = new LinkStream(this.#streamLink, {
      id,
      header,
      outEnded: end,
    });
    this.#streams.set(id, stream);
    return stream;
  }

  /** Ends the link; the peer is told why. */
  close(reason: string): void {
    if (this.#over) return;
    this.#outbox.close();
    this.#socket.close(NORMAL, reason);
    this.#finish(reason);
  }

  #receive(message: string | Uint8Array<ArrayBuffer>): void {
    if (this.#over) return;
    this.#lastHeardMs = this.#clock.monotonicMs();
    try {
      if (typeof message === "string") throw new ProtocolError("text message");
      for (const frame of decodeFrames(message)) {
        this.#dispatch(frame);
        if (this.#over) return;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return this.#breakOff(`protocol error: ${error.message}`);
    }
    if (this.#pongDue) this.#outbox.urgent(encodeFrame(FRAME.pong, 0));
    this.#pongDue = false;
    this.#options.onHeard?.();
  }

  #dispatch({ type, id, payload }: Frame): void {
    switch (type) {
      case FRAME.open:
        return this.#accept(id, payload, { ended: false });
      case FRAME.openEnd:
        return this.#accept(id, payload, { ended: true });
      case FRAME.data: {
        const stream = this.#find(id);
        stream?.received({ data: payload });
        if (this.#unreadBytes > MAX_UNREAD_BYTES) {
          stream?.reset("too much unread data on the link");
        }
        return;
      }
      case FRAME.end:
        return this.#find(id)?.received({ end: true });
      case FRAME.reset:
        return this.#find(id)?.fail(
          new HostError(
            "closed",
            `Stream reset by peer: ${decodeText(payload)}`,
          ),
        );
      case FRAME.window:
        return this.#find(id)?.granted(readVarint(payload, 0).value);
      case FRAME.ping:
        this.#pongDue = true; // one answer for all the pings of a message
        return;
      case FRAME.pong:
        return; // that it was heard is all it says
    }
  }

  #accept(
    id: number,
    payload: Uint8Array,
    options: { ended: boolean },
  ): void {
    if (id % 2 !== Math.abs(this.#lastPeerId) % 2 || id <= this.#lastPeerId) {
      throw new ProtocolError(`stream ${id} cannot be opened`);
    }
    this.#lastPeerId = id;
    const stream = new LinkStream(this.#streamLink, {
      id,
      header: parseHeader(payload),
      inEnded: options.ended,
    });
    this.#streams.set(id, stream);
    this.#peerStreams++;
    if (this.#peerStreams > MAX_PEER_STREAMS) {
      return stream.reset("too many streams");
    }
    try {
      this.#options.onStream(stream);
    } catch (error) {
      stream.reset(messageOf(error)); // one stream's trouble is not the link's
    }
  }

  /** The stream, or undefined when it is over: the peer may not know yet. @throws {ProtocolError} when there never was one */
  #find(id: number): LinkStream | undefined {
    const stream = this.#streams.get(id);
    if (stream !== undefined) return stream;
    const ours = this.#isOurs(id);
    if (id === 0 || (ours ? id >= this.#nextId : id > this.#lastPeerId)) {
      throw new ProtocolError(`stream ${id} was never opened`);
    }
    return undefined;
  }

  #isOurs(id: number): boolean {
    return id % 2 === this.#nextId % 2;
  }

  #remove(stream: LinkStream): void {
    if (!this.#streams.delete(stream.id)) return;
    if (!this.#isOurs(stream.id)) this.#peerStreams--;
  }

  /** Ends the link because of what the peer did, or did not. */
  #breakOff(reason: string): void {
    this.#socket.close(OUR_PROTOCOL_ERROR, reason);
    this.#finish(reason);
  }

  #finish(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#keepAlive.close();
    this.#outbox.close();
    const error = new HostError("closed", `Link closed: ${reason}`);
    for (const stream of [...this.#streams.values()]) stream.fail(error);
    this.#resolveClosed(reason);
  }
}

function parseHeader(payload: Uint8Array): Record<string, unknown> {
  if (payload.length > MAX_HEADER_BYTES) {
    throw new ProtocolError(`header of ${payload.length} bytes`);
  }
  let header: unknown;
  try {
    header = JSON.parse(decodeText(payload));
  } catch (error) {
    throw new ProtocolError(`bad header: ${messageOf(error)}`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw new ProtocolError("bad header: not an object");
  }
  return header as Record<string, unknown>;
}

/**
 * The link's multiplexer: many two-way streams with flow control on one {@linkcode MessageSocket}, and HTTP in both directions on
 * those streams. The agent dials; each side may open streams.
 *
 * @module
 */
import type { Clock, MessageSocket } from "./host.ts";
import { Link } from "./mux/link.ts";

/** One two-way stream on a link. */
export interface MuxStream {
  /** What the opener said it is for. */
  readonly header: Readonly<Record<string, unknown>>;
  /** What the peer sends. Cancelling it before its end resets the stream. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What we send. Closing it ends our direction, aborting it resets the stream. */
  readonly writable: WritableStream<Uint8Array>;
  /** Ends both directions at once; the peer's reads and writes, and our own, fail with this reason. */
  reset(reason: string): void;
}

/** A link's end. */
export interface Mux {
  /**
   * Opens a stream; the header is JSON of at most 16 KiB.
   *
   * @param options.end whether our direction is over with the header (saves a message). @default false
   * @throws {HostError} `closed` when the link is, `invalid` when the header is too large
   */
  open(
    header: Readonly<Record<string, unknown>>,
    options?: { end?: boolean },
  ): MuxStream;
  /** Resolves with the reason once the link is gone; all its streams have failed by then. */
  readonly closed: Promise<string>;
  /** Time (host's monotonic clock) of the last message or keep-alive from the peer. */
  readonly lastHeardMs: number;
  /** Ends the link and all its streams; the peer is told why. */
  close(reason: string): void;
}

/** How a link's end behaves. */
export interface MuxOptions {
  /** The dialling side is the client: it sends the keep-alives, the other only answers them. */
  readonly role: "client" | "server";
  /** Time between keep-alives of an idle link. The link closes after a silence of two such periods and 10 s. */
  readonly keepAliveMs: number;
  /** Takes a stream that the peer opened. It must not throw. */
  onStream(stream: MuxStream): void;
  /** Told of every message from the peer, keep-alives too. */
  onHeard?(): void;
}

/** Runs the multiplexer on a socket, which it owns from now on. */
export function createMux(
  host: { readonly clock: Clock },
  socket: MessageSocket,
  options: MuxOptions,
): Mux {
  return new Link(host.clock, socket, options);
}

/**
 * The link's multiplexer: many two-way streams with flow control on one {@linkcode MessageSocket}, and HTTP in both directions on
 * those streams. The agent dials; each side may open streams.
 *
 * @module
 */

/** One two-way stream on a link. */
export interface MuxStream {
  /** What the opener said it is for. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
  /** Ends both directions at once; the peer's reads fail with this reason. */
  reset(reason: string): void;
}

/** A link's end. */
export interface Mux {
  /** Opens a stream; the header is JSON of at most 16 KiB. */
  open(header: Readonly<Record<string, unknown>>): MuxStream;
  /** Resolves with the reason once the link is gone; all its streams have failed by then. */
  readonly closed: Promise<string>;
  /** Time (host's monotonic clock) of the last message or keep-alive from the peer. */
  readonly lastHeardMs: number;
  close(reason: string): void;
}

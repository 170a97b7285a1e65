/**
 * SPDY/3.1, as far as Kubernetes speaks it: kubectl's port-forward inside a WebSocket, older clients after an HTTP upgrade, and the
 * streaming servers of container runtimes (https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/).
 *
 * Kubernetes' peers (Go's spdystream) know no windows: neither do we send or keep to WINDOW_UPDATE. A session whose streams are not
 * read stops reading its transport, so a stream that nobody reads holds the others up once half a megabyte waits.
 *
 * @module
 */
import type { SpdyHeaders } from "./spdy/header_block.ts";
import { Session } from "./spdy/session.ts";

export { RST } from "./spdy/frame.ts";
export type { SpdyHeaders } from "./spdy/header_block.ts";

/** One two-way stream of a session. */
export interface SpdyStream {
  /** Its number on the session. */
  readonly id: number;
  /** What the opener said of it; names are lower-case. */
  readonly headers: SpdyHeaders;
  /** What the peer sends. It ends also when the peer resets the stream, after all that came before. It fails when the session breaks. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What we send. Closing it ends our direction; aborting it resets the stream. It fails when the peer resets the stream. */
  readonly writable: WritableStream<Uint8Array>;
  /** Whether the peer reset it. */
  readonly wasReset: boolean;
  /** Accepts a stream that the peer opened; nothing may be sent on it before. */
  reply(headers?: SpdyHeaders): void;
  /** Ends both directions at once. What was not read yet is thrown away. @param status one of {@linkcode RST}. @default cancel */
  reset(status?: number): void;
}

/** One end of a session. */
export interface SpdySession {
  /**
   * Opens a stream; resolves when the peer has accepted it.
   *
   * @param options.end whether our direction is over with the headers. @default false
   * @throws {HostError} `closed` when the peer refuses it or the session is closed
   */
  open(headers: SpdyHeaders, options?: { end?: boolean }): Promise<SpdyStream>;
  /** Resolves with the reason once the session is gone; all its streams have failed or ended by then. */
  readonly closed: Promise<string>;
  /** Says GOAWAY and ends the session and its streams. */
  close(reason: string): void;
}

/** How a session's end behaves. */
export interface SpdyOptions {
  /** The side that asked for the session is the client. */
  readonly role: "client" | "server";
  /** Takes a stream that the peer opened: it replies or resets. It must not throw. @default all are refused */
  onStream?(stream: SpdyStream): void;
}

/** Runs a session on a byte transport, which it owns from now on: `Deno.Conn`, a {@linkcode ByteStream}, or the tunnel in a WebSocket. */
export function createSpdySession(
  transport: {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
  },
  options: SpdyOptions,
): SpdySession {
  return new Session(transport, options);
}

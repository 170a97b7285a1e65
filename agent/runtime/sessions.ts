/**
 * Talking with what runs in a pod: commands, a container's own input and output, ports.
 *
 * @module
 */

import { duplexOf } from "../../src/base/duplex.ts";
import type { ByteStream } from "../../src/base/host.ts";

/** A terminal's size in characters. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** The ends of a session. A runtime holds nothing back without bound: whoever does not read holds the process up. */
export interface SessionStreams {
  /** What the process is to read; its end is the end of the input. Absent: there is none. */
  readonly stdin?: ReadableStream<Uint8Array>;
  /** Takes the output; closed by the caller. Absent: it is not wanted. */
  readonly stdout?: WritableStream<Uint8Array>;
  /** Takes the error output; with a terminal there is none apart. */
  readonly stderr?: WritableStream<Uint8Array>;
  readonly tty: boolean;
  /** The client's terminal: its size at first and after every change. */
  readonly resize?: ReadableStream<TerminalSize>;
  /** Ends the session. */
  readonly signal: AbortSignal;
}

/** A command in a container, beside what runs there. */
export interface ExecRequest extends SessionStreams {
  readonly command: readonly string[];
}

/** How a command ended. */
export interface ExecResult {
  readonly exitCode: number;
}

/** A short command whose whole output is wanted. */
export interface ExecSyncRequest {
  readonly command: readonly string[];
  /** Kills it after this time; whole seconds count. Absent: it may take as long as it likes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a short command did. */
export interface ExecSyncResult extends ExecResult {
  /** Output, then error output. */
  readonly output: Uint8Array;
}

/** A command did not end in its time. */
export class ExecTimeout extends Error {
  override readonly name = "ExecTimeout";

  /** In kubelet's words. */
  constructor(request: ExecSyncRequest) {
    super(
      `command timed out: "${request.command.join(" ")}" timed out after ${
        (request.timeoutMs ?? 0) / 1000
      }s`,
    );
  }
}

/** A connection to a port in a pod. */
export interface PortConnection {
  /** What the pod sends. It fails, in kubelet's words, when nothing listens there. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What the pod gets. Closing it ends this direction. */
  readonly writable: WritableStream<Uint8Array>;
  /** Ends both directions. */
  close(): void;
}

/** A connection of the machine's own network as one to a port, each direction with its own end. */
export function connectionOf(
  stream: Pick<ByteStream, "read" | "write" | "closeWrite" | "close">,
): PortConnection {
  return {
    ...duplexOf(stream),
    close: () => {
      try {
        stream.close();
      } catch {
        // both of its directions have ended
      }
    },
  };
}

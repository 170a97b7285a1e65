/**
 * The agent's end of an exec or attach session: a link's stream as input, outputs and terminal sizes.
 *
 * @module
 */
import { decodeText, encodeText } from "../../src/base/bytes.ts";
import {
  CHANNEL,
  encodeChannelFrame,
  readChannelFrames,
} from "../../src/base/channel_frames.ts";
import { Stopped } from "../../src/base/errors.ts";
import type { MuxStream } from "../../src/base/mux.ts";
import type { SessionStreams, TerminalSize } from "../runtime/sessions.ts";
import type { SessionStatus } from "./session_status.ts";

/** The most that one frame of output carries. */
const MAX_FRAME_BYTES = 32 * 1024;

/** What the client wants to have of the session. */
export interface SessionWish {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/**
 * Nothing is held here beyond one frame each way: output waits for the link, the link for a process that does not read its input.
 *
 * The session's signal aborts when the client or the link is gone.
 */
export class ChannelSession {
  /** What a runtime is given. */
  readonly streams: SessionStreams;
  readonly #stream: MuxStream;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array> | undefined;
  readonly #sizes: WritableStreamDefaultWriter<TerminalSize> | undefined;
  readonly #gone = new AbortController();
  readonly #over = new AbortController();

  constructor(stream: MuxStream, wish: SessionWish) {
    this.#stream = stream;
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch((reason) => this.#gone.abort(reason));
    const input = wish.stdin ? pipe<Uint8Array>() : undefined;
    const sizes = wish.tty ? pipe<TerminalSize>() : undefined;
    this.#input = input?.writer;
    this.#sizes = sizes?.writer;
    this.streams = {
      ...(input && { stdin: input.readable }),
      ...(wish.stdout && { stdout: this.#output(CHANNEL.stdout) }),
      ...(wish.stderr && !wish.tty && {
        stderr: this.#output(CHANNEL.stderr),
      }),
      ...(sizes && { resize: sizes.readable }),
      tty: wish.tty,
      signal: this.#gone.signal,
    };
    void this.#read();
  }

  /** Tells the client how it ended, and ends the stream. Does not throw: a client that is gone needs to be told nothing. */
  async end(status: SessionStatus): Promise<void> {
    try {
      const told = encodeText(JSON.stringify(status));
      await this.#writer.write(encodeChannelFrame(CHANNEL.error, told));
      await this.#writer.close();
    } catch {
      // the client or the link is gone
    } finally {
      this.#over.abort(new Stopped("The session is over"));
    }
  }

  #output(channel: number): WritableStream<Uint8Array> {
    return new WritableStream({
      write: async (chunk) => {
        for (let at = 0; at < chunk.length; at += MAX_FRAME_BYTES) {
          const part = chunk.subarray(at, at + MAX_FRAME_BYTES);
          await this.#writer.write(encodeChannelFrame(channel, part));
        }
      },
    });
  }

  /** Hands over what the client sends, until the session is over. */
  async #read(): Promise<void> {
    const { signal } = this.#over;
    try {
      const frames = readChannelFrames(
        this.#stream.readable.pipeThrough(new TransformStream(), { signal }),
      );
      for await (const { channel, payload } of frames) {
        if (channel === CHANNEL.stdin) await this.#give(payload);
        else if (channel === CHANNEL.resize) this.#resize(payload);
        else if (channel === CHANNEL.close && payload[0] === CHANNEL.stdin) {
          this.#endInput();
        }
      }
    } catch (error) {
      if (!signal.aborted) this.#gone.abort(error);
    } finally {
      this.#endInput();
      this.#sizes?.close().catch(() => {});
    }
  }

  /** Waits until the process has taken it; what nobody reads any more is thrown away. */
  async #give(payload: Uint8Array): Promise<void> {
    if (payload.length > 0) await this.#input?.write(payload).catch(() => {});
  }

  #endInput(): void {
    this.#input?.close().catch(() => {});
  }

  /** A size that nobody takes must not hold the input up. */
  #resize(payload: Uint8Array): void {
    const size = parseSize(payload);
    if (size) this.#sizes?.write(size).catch(() => {});
  }
}

function parseSize(payload: Uint8Array): TerminalSize | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(decodeText(payload));
    const isSize = [width, height].every((n) =>
      Number.isInteger(n) && n >= 0 && n <= 65535
    );
    return isSize ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}

function pipe<T>(): {
  readonly readable: ReadableStream<T>;
  readonly writer: WritableStreamDefaultWriter<T>;
} {
  const { readable, writable } = new TransformStream<T, T>();
  const writer = writable.getWriter();
  writer.closed.catch(() => {}); // whoever writes sees it
  return { readable, writer };
}

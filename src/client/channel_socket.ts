/**
 * Exec, attach and port-forward as a client: channels on a WebSocket (`v5.channel.k8s.io` and older).
 *
 * @module
 */
import { concat, encodeText } from "../base/bytes.ts";
import type { ChannelFrame } from "../base/channel_frames.ts";
import { type Host, HostError, type MessageSocket } from "../base/host.ts";
import type { HttpTransport } from "./http_transport.ts";
import { responseError } from "./response_error.ts";

/** How much may wait to be sent before the writer waits, and how often is looked again. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
const POLL_MS = 2;
/** How much may wait to be read before the server waits, and when it may go on. */
const MAX_WAITING_BYTES = 1024 * 1024;
const RESUME_BYTES = MAX_WAITING_BYTES / 2;
/** What a server says to a request that could have been upgraded. */
const COULD_UPGRADE = /Upgrade request required/;

/** One session. */
export class ChannelSocket {
  readonly #host: Pick<Host, "clock">;
  readonly #socket: MessageSocket;
  readonly #messages: Uint8Array<ArrayBuffer>[] = [];
  #wake: (() => void) | undefined;
  #waitingBytes = 0;
  #isReading = true;
  #ended = false;

  private constructor(host: Pick<Host, "clock">, socket: MessageSocket) {
    this.#host = host;
    this.#socket = socket;
    socket.listen({
      onMessage: (data) => {
        const bytes = typeof data === "string" ? encodeText(data) : data;
        this.#messages.push(bytes);
        this.#waitingBytes += bytes.length;
        if (this.#waitingBytes > MAX_WAITING_BYTES) this.#setReading(false);
        this.#wake?.();
      },
      onClose: () => {
        this.#ended = true;
        this.#wake?.();
      },
    });
  }

  /**
   * Connects.
   *
   * @param options.path with query
   * @throws {ApiError} what the server refuses it with
   * @throws {HostError} when the server cannot be reached
   */
  static async open(
    host: Host,
    transport: HttpTransport,
    options: { path: string; protocols: string[] },
  ): Promise<ChannelSocket> {
    const { path, protocols } = options;
    const url = String(transport.urlOf(path)).replace(/^http/, "ws");
    try {
      const socket = await host.net.openSocket(url, {
        ...transport.dialOptions,
        headers: { ...transport.headers },
        protocols,
        canWait: true,
      });
      return new ChannelSocket(host, socket);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      // a refused upgrade does not tell why; the same request without it does
      const answer = await transport.fetch(new Request(`http://api${path}`));
      const refusal = await responseError(answer);
      throw COULD_UPGRADE.test(refusal.message) ? error : refusal;
    }
  }

  /** What comes, until the server closes. Who takes it slowly makes the server wait. */
  async *frames(): AsyncGenerator<ChannelFrame> {
    while (true) {
      const message = this.#messages.shift();
      if (message !== undefined) {
        this.#waitingBytes -= message.length;
        if (this.#waitingBytes <= RESUME_BYTES) this.#setReading(true);
        if (message.length === 0) continue;
        yield { channel: message[0]!, payload: message.subarray(1) };
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    }
  }

  /** Sends bytes on a channel; resolves when more may follow. What is sent after the end is dropped. */
  async send(channel: number, payload: Uint8Array): Promise<void> {
    this.#socket.send(concat([new Uint8Array([channel]), payload]));
    while (!this.#ended && this.#socket.bufferedBytes > MAX_BUFFERED_BYTES) {
      await this.#host.clock.sleep(POLL_MS);
    }
  }

  #setReading(isReading: boolean): void {
    if (isReading === this.#isReading) return;
    this.#isReading = isReading;
    this.#socket.setReading?.(isReading);
  }

  /** Ends the session. */
  close(): void {
    this.#socket.close();
  }
}

/**
 * The server's end of a WebSocket (RFC 6455) on a byte stream. Unlike a {@linkcode MessageSocket} it is read no faster than its reader takes
 * what comes, and tells its writer when more may follow; long messages are handed on in pieces as they arrive.
 *
 * @module
 */
import { concat, decodeText, encodeText } from "./bytes.ts";
import type { ByteStream, Clock, Timer } from "./host.ts";
import {
  applyMask,
  encodeSocketFrame,
  OPCODE,
  readFrameHead,
  type SocketFrameHead,
  WebSocketError,
} from "./web_socket/frame.ts";

export { WebSocketError } from "./web_socket/frame.ts";

/** A piece of a message. */
export interface SocketPiece {
  /** Unmasked. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Whether the message is text. */
  readonly text: boolean;
  /** Whether the message begins with it. */
  readonly first: boolean;
  /** Whether the message ends with it. */
  readonly last: boolean;
}

/** WebSocket close codes (RFC 6455, section 7.4.1). */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  internalError: 1011,
} as const;

/** What one read takes. */
const READ_BYTES = 64 * 1024;

/** The server's end. */
export class ServerWebSocket {
  readonly #stream: ByteStream;
  readonly #clock: Clock;
  readonly #pingMs: number;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #left: Uint8Array = new Uint8Array();
  /** The message frame that is being read. */
  #frame: { head: SocketFrameHead; missing: number; at: number } | undefined;
  /** Whether a message has begun whose last frame is not there. */
  #message: { text: boolean } | undefined;
  #lastWrite: Promise<unknown> = Promise.resolve();
  #lastSentMs: number;
  #timer: Timer | undefined;
  #closed = false;
  #goodbye: { code: number; reason: string } | undefined;
  readonly #over = Promise.withResolvers<void>();

  /**
   * Takes a stream over on which the handshake is done.
   *
   * @param options.pingMs a ping follows a silence of ours that is so long, so that no network between takes the connection for dead; 0 sends none
   */
  constructor(stream: ByteStream, options: { clock: Clock; pingMs: number }) {
    this.#stream = stream;
    this.#clock = options.clock;
    this.#pingMs = options.pingMs;
    this.#lastSentMs = this.#clock.monotonicMs();
    if (this.#pingMs > 0) this.#armPing();
  }

  /** What the client said when it closed the socket; undefined as long as it has not. */
  get goodbye(): { code: number; reason: string } | undefined {
    return this.#goodbye;
  }

  /** Resolves once the socket is closed, or broke: by the client, by us, or because a ping could not be sent. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Whether it was closed from our side, or the client closed it. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The next piece; undefined when the client closed the socket. @throws {WebSocketError} for a broken rule @throws when the connection breaks */
  async next(): Promise<SocketPiece | undefined> {
    while (true) {
      const frame = this.#frame;
      if (frame !== undefined) {
        const piece = this.#takePiece(frame);
        if (piece !== undefined) return piece;
      } else {
        const head = readFrameHead(this.#left);
        if (head !== undefined && await this.#begin(head)) return undefined;
        if (head !== undefined) continue;
      }
      if (!await this.#fill()) return undefined;
    }
  }

  /** Sends one binary message, made of these parts; resolves when the next may follow. @throws when the connection is gone */
  async send(...parts: Uint8Array[]): Promise<void> {
    await this.#write(OPCODE.binary, parts);
  }

  /** Sends one text message. @throws when the connection is gone */
  async sendText(text: string): Promise<void> {
    await this.#write(OPCODE.text, [encodeText(text)]);
  }

  /** Says goodbye and closes the connection. The client may already be gone. */
  async close(code: number = CLOSE.normal, reason = ""): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    // control frames have room for 125 bytes, of which the code takes two
    const bytes = encodeText(reason).subarray(0, 123);
    const body = [new Uint8Array([code >> 8, code & 0xff]), bytes];
    // one that takes nothing any more must not keep us
    const patience = this.#clock.after(CLOSE_GRACE_MS, () => this.break());
    await this.#put(OPCODE.close, body).catch(() => {});
    patience.cancel();
    this.#stream.close();
    this.#over.resolve();
  }

  /** Breaks the connection off; readers and writers end. */
  break(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#stream.close();
    this.#over.resolve();
  }

  #takePiece(
    frame: { head: SocketFrameHead; missing: number; at: number },
  ): SocketPiece | undefined {
    const { head } = frame;
    if (this.#left.length === 0 && frame.missing > 0) return undefined;
    const data = this.#left.slice(0, frame.missing) as Uint8Array<ArrayBuffer>;
    applyMask(data, { mask: head.mask, at: frame.at });
    this.#left = this.#left.subarray(data.length);
    const first = this.#message === undefined;
    const text = this.#message?.text ?? head.opcode === OPCODE.text;
    frame.missing -= data.length;
    frame.at += data.length;
    const ended = frame.missing === 0;
    const last = ended && head.fin;
    if (ended) this.#frame = undefined;
    this.#message = last ? undefined : { text };
    return { data, text, first, last };
  }

  /** Takes a frame's head. Answers true when it was the last frame. */
  async #begin(head: SocketFrameHead): Promise<boolean> {
    this.#left = this.#left.subarray(head.bytes);
    if (head.opcode < OPCODE.close) {
      const continues = head.opcode === OPCODE.continuation;
      if (continues !== (this.#message !== undefined)) {
        throw new WebSocketError("Message out of order");
      }
      this.#frame = { head, missing: head.length, at: 0 };
      return false;
    }
    while (this.#left.length < head.length) {
      if (!await this.#fill()) return true;
    }
    const body = this.#left.slice(0, head.length);
    applyMask(body, { mask: head.mask, at: 0 });
    this.#left = this.#left.subarray(head.length);
    if (head.opcode === OPCODE.ping) await this.#write(OPCODE.pong, [body]);
    if (head.opcode !== OPCODE.close) return false;
    const code = body.length >= 2 ? body[0]! * 256 + body[1]! : CLOSE.normal;
    const reason = decodeText(body.subarray(2));
    this.#goodbye = { code, reason };
    await this.close(code, reason);
    return true;
  }

  async #fill(): Promise<boolean> {
    const count = await this.#stream.read(this.#buffer);
    if (count === null) return false;
    const chunk = this.#buffer.subarray(0, count);
    this.#left = concat([this.#left, chunk]);
    return true;
  }

  async #write(opcode: number, parts: readonly Uint8Array[]): Promise<void> {
    if (this.#closed) throw new Error("Socket closed");
    await this.#put(opcode, parts);
  }

  /** Frames leave whole and in order, whoever sends them. */
  #put(opcode: number, parts: readonly Uint8Array[]): Promise<void> {
    const frame = encodeSocketFrame(opcode, parts);
    this.#lastSentMs = this.#clock.monotonicMs();
    const written = this.#lastWrite.then(async () => {
      for (let at = 0; at < frame.length;) {
        at += await this.#stream.write(frame.subarray(at));
      }
    });
    this.#lastWrite = written.catch(() => {});
    return written;
  }

  #armPing(): void {
    const dueMs = this.#lastSentMs + this.#pingMs;
    const waitMs = Math.max(0, dueMs - this.#clock.monotonicMs());
    this.#timer = this.#clock.after(waitMs, () => {
      if (this.#closed) return;
      const silentMs = this.#clock.monotonicMs() - this.#lastSentMs;
      if (silentMs >= this.#pingMs) {
        this.#put(OPCODE.ping, []).catch(() => this.break());
      }
      this.#armPing();
    });
  }
}

/** How long a client has to take the last message. */
const CLOSE_GRACE_MS = 5_000;

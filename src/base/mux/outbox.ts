/**
 * What leaves a link, and in which order.
 *
 * Small frames (opens, window updates, ends) go first; the streams that have data take turns of one frame each. No more is handed to the
 * socket than leaves it within some milliseconds: what already lies in the socket's buffer is what a new small frame has to wait for.
 *
 * @module
 */
import { concat } from "../bytes.ts";
import type { Clock, MessageSocket, Timer } from "../host.ts";

/** A stream that may have something to send. */
export interface Sender {
  /** The next frame, of at most about `limitBytes`; undefined when there is nothing to send, or no window for it. */
  take(limitBytes: number): Uint8Array | undefined;
}

/** Frames are gathered into messages up to this size, half of what a peer takes. */
const BATCH_BYTES = 64 * 1024;
/** How long a full socket buffer may take to drain: the delay that bulk data may cause to others. */
const TARGET_DELAY_MS = 10;
/** Bounds of what the socket may hold. */
const MIN_BUFFER_BYTES = 32 * 1024;
const MAX_BUFFER_BYTES = 1024 * 1024;
/** A frame is not cut smaller than this to fit: it would cost more than it carries. */
const MIN_FRAME_BYTES = 1024;
/** Small frames are not held back, so a peer that makes us send them and never reads must be cut off. */
const GIVE_UP_BYTES = 2 * 1024 * 1024;
/** How soon a full socket is looked at again, at first and at most. */
const MIN_POLL_MS = 1;
const MAX_POLL_MS = 16;
/**
 * How many microtasks a flush waits for what comes right after (the first bytes of a body, the end of a stream), which then shares the
 * message. Web streams need a few between a write and a close.
 */
const GATHER_MICROTASKS = 16;

/** Hands frames to a socket. */
export class Outbox {
  readonly #clock: Clock;
  readonly #socket: MessageSocket;
  readonly #onOverflow: () => void;
  readonly #urgent: Uint8Array[] = [];
  /** Streams with something to send, in the order of their turns. */
  readonly #ready = new Set<Sender>();
  #gathering = false;
  #timer: Timer | undefined;
  #bufferBytes = MIN_BUFFER_BYTES;
  #pollMs = MIN_POLL_MS;
  /** The socket's buffer when the wait began, to learn how fast it drains. */
  #wait: { bytes: number; atMs: number } | undefined;
  #closed = false;
  /** When something was last sent; host's monotonic clock. */
  lastSentMs: number;

  /** Sends to `socket`. @param onOverflow the peer does not read what it makes us send */
  constructor(clock: Clock, socket: MessageSocket, onOverflow: () => void) {
    this.#clock = clock;
    this.#socket = socket;
    this.#onOverflow = onOverflow;
    this.lastSentMs = clock.monotonicMs();
  }

  /** Sends a frame before all data that waits. */
  urgent(frame: Uint8Array): void {
    if (this.#closed) return;
    this.#urgent.push(frame);
    this.#soon();
  }

  /** Gives a stream its turn. */
  ready(sender: Sender): void {
    if (this.#closed) return;
    this.#ready.add(sender);
    this.#soon();
  }

  /** Takes a stream out, which is over. */
  forget(sender: Sender): void {
    this.#ready.delete(sender);
  }

  /** Sends what is urgent and nothing after it. */
  close(): void {
    if (this.#closed) return;
    this.#ready.clear();
    this.#sendAll(this.#urgent.splice(0));
    this.#closed = true;
    this.#timer?.cancel();
  }

  #soon(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    void this.#gather();
  }

  async #gather(): Promise<void> {
    for (let i = 0; i < GATHER_MICROTASKS; i++) await undefined;
    this.#gathering = false;
    if (!this.#closed) this.#flush();
  }

  #flush(): void {
    const buffered = this.#socket.bufferedBytes;
    if (buffered > GIVE_UP_BYTES) return this.#onOverflow();
    this.#adapt(buffered);
    const frames = this.#urgent.splice(0);
    let room = this.#bufferBytes - buffered;
    for (const sender of this.#ready) {
      if (room <= 0) break;
      this.#ready.delete(sender);
      const frame = sender.take(Math.max(room, MIN_FRAME_BYTES));
      if (frame === undefined) continue; // it comes back when there is something, or a window for it
      this.#ready.add(sender); // behind the others, where this loop meets it again
      frames.push(frame);
      room -= frame.length;
    }
    this.#sendAll(frames);
    if (this.#ready.size > 0) this.#wakeLater();
  }

  #sendAll(frames: readonly Uint8Array[]): void {
    let batch: Uint8Array[] = [];
    let size = 0;
    const send = () => {
      if (batch.length > 0) this.#socket.send(concat(batch));
      batch = [];
      size = 0;
    };
    for (const frame of frames) {
      if (size + frame.length > BATCH_BYTES) send();
      batch.push(frame);
      size += frame.length;
    }
    send();
    if (frames.length > 0) this.lastSentMs = this.#clock.monotonicMs();
  }

  /** The socket is full: sockets do not tell when they are not any more, so look again soon. */
  #wakeLater(): void {
    if (this.#timer !== undefined) return;
    this.#wait = {
      bytes: this.#socket.bufferedBytes,
      atMs: this.#clock.monotonicMs(),
    };
    this.#timer = this.#clock.after(this.#pollMs, () => {
      this.#timer = undefined;
      if (!this.#closed) this.#flush();
    });
  }

  /** Learns from the last wait how much the socket sends in {@linkcode TARGET_DELAY_MS}. */
  #adapt(buffered: number): void {
    const wait = this.#wait;
    if (wait === undefined || this.#timer !== undefined) return;
    this.#wait = undefined;
    const drained = wait.bytes - buffered;
    this.#pollMs = drained > 0
      ? MIN_POLL_MS
      : Math.min(MAX_POLL_MS, this.#pollMs * 2);
    const elapsedMs = Math.max(0.1, this.#clock.monotonicMs() - wait.atMs);
    const fitting = buffered === 0
      ? this.#bufferBytes * 2 // it ran dry: nothing is known but that more would have fitted
      : drained / elapsedMs * TARGET_DELAY_MS;
    this.#bufferBytes = Math.min(
      MAX_BUFFER_BYTES,
      Math.max(MIN_BUFFER_BYTES, Math.floor(fitting)),
    );
  }
}

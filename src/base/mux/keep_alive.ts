/**
 * Notices that a peer is gone, with as little traffic as that takes.
 *
 * The dialling side sends a PING when a period went by in which it sent nothing, or heard nothing; the other side answers it. So an idle
 * link costs one small message each way a period. Either side gives up after a silence of two periods and a grace.
 *
 * @module
 */
import type { Clock, Timer } from "../host.ts";

/** How much longer than two periods a silence may last: a mobile network's hiccup. */
const GRACE_MS = 10_000;

/** Watches one link. */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #options: KeepAliveOptions;
  #timer: Timer | undefined;
  #lastPingMs = -Infinity;
  #closed = false;

  /** Starts watching. */
  constructor(clock: Clock, options: KeepAliveOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#arm();
  }

  /** Stops watching. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /** Does what is due, and sleeps until the next thing may be. Activity in between only makes it wake too early. */
  #arm(): void {
    if (this.#closed) return;
    const { periodMs, pings } = this.#options;
    const nowMs = this.#clock.monotonicMs();
    const deadlineMs = this.#options.activity().lastHeardMs +
      2 * periodMs + GRACE_MS;
    if (nowMs >= deadlineMs) return this.#options.onSilence();
    if (pings && nowMs >= this.#pingDueMs()) {
      this.#lastPingMs = nowMs;
      this.#options.ping();
    }
    const wakeMs = pings ? Math.min(deadlineMs, this.#pingDueMs()) : deadlineMs;
    this.#timer = this.#clock.after(wakeMs - nowMs, () => this.#arm());
  }

  /** A period after the quieter direction was last used, and after the last PING: an unanswered one is not repeated at once. */
  #pingDueMs(): number {
    const { lastSentMs, lastHeardMs } = this.#options.activity();
    return Math.max(Math.min(lastSentMs, lastHeardMs), this.#lastPingMs) +
      this.#options.periodMs;
  }
}

/** What {@linkcode KeepAlive} is told. */
export interface KeepAliveOptions {
  /** Time between signs of life. */
  readonly periodMs: number;
  /** Whether this side sends them, or only answers. */
  readonly pings: boolean;
  /** When something was last sent and heard, host's monotonic clock. */
  activity(): { lastSentMs: number; lastHeardMs: number };
  /** Sends a PING. */
  ping(): void;
  /** The peer is gone. */
  onSilence(): void;
}

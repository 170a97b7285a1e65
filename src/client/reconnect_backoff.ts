/**
 * How long to wait before a server is asked again.
 *
 * @module
 */
import type { Host } from "../base/host.ts";

/** First wait; client-go's reflector. */
export const RECONNECT_INITIAL_MS = 800;
/** Longest wait, before jitter. */
export const RECONNECT_MAX_MS = 30_000;
/** A wait grows by this much after each failure. */
const FACTOR = 2;

/**
 * Exponential back-off with jitter: 0.8 s, doubling to 30 s, each multiplied by a random number from 1 to 2 so that many clients
 * of a server that restarts do not come back in step.
 */
export class ReconnectBackoff {
  readonly #host: Host;
  #waitMs = RECONNECT_INITIAL_MS;

  /** Nothing runs until it is asked to. */
  constructor(host: Host) {
    this.#host = host;
  }

  /** The next wait, in milliseconds. */
  nextMs(): number {
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(waitMs * FACTOR, RECONNECT_MAX_MS);
    return waitMs * (1 + this.#host.random.float());
  }

  /** After a success: the next failure waits shortly again. */
  reset(): void {
    this.#waitMs = RECONNECT_INITIAL_MS;
  }
}

/**
 * Waits that end together.
 *
 * @module
 */
import type { Clock, Timer } from "../../src/base/host.ts";

/** Waits end at multiples of this, in milliseconds: hundreds of probes wake the machine twenty times a second instead of hundreds. */
const GRAIN_MS = 50;

/** Shorter waits, in milliseconds, end exactly. */
const EXACT_BELOW_MS = 500;

interface Tick {
  readonly timer: Timer;
  readonly waiting: Set<() => void>;
}

/** Sleeps that are rounded up and share their timers. */
export class Ticks {
  readonly #clock: Pick<Clock, "after" | "monotonicMs">;
  readonly #ticks = new Map<number, Tick>();

  constructor(clock: Pick<Clock, "after" | "monotonicMs">) {
    this.#clock = clock;
  }

  /** Timers that are armed. */
  get size(): number {
    return this.#ticks.size;
  }

  /** Resolves at this time of the monotonic clock or a little later. @throws the signal's reason */
  until(dueMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const waitMs = dueMs - this.#clock.monotonicMs();
    const at = waitMs < EXACT_BELOW_MS
      ? dueMs
      : Math.ceil(dueMs / GRAIN_MS) * GRAIN_MS;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const tick = this.#tick(at);
    const wake = () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    };
    const onAbort = () => {
      tick.waiting.delete(wake);
      if (tick.waiting.size === 0) {
        tick.timer.cancel();
        if (this.#ticks.get(at) === tick) this.#ticks.delete(at);
      }
      reject(signal.reason);
    };
    tick.waiting.add(wake);
    signal.addEventListener("abort", onAbort, { once: true });
    return promise;
  }

  #tick(at: number): Tick {
    const known = this.#ticks.get(at);
    if (known) return known;
    const waiting = new Set<() => void>();
    const waitMs = Math.max(0, at - this.#clock.monotonicMs());
    const timer = this.#clock.after(waitMs, () => {
      this.#ticks.delete(at);
      for (const wake of waiting) wake();
    });
    const tick = { timer, waiting };
    this.#ticks.set(at, tick);
    return tick;
  }
}

/**
 * The time that containers get to end.
 *
 * @module
 */
import { Stopped } from "../../src/base/errors.ts";
import type { Clock } from "../../src/base/host.ts";
import type { Bell } from "./bell.ts";
import { unlessAborted } from "./race.ts";

/** Every container gets this time, in milliseconds, between TERM and KILL, whatever the grace; kubelet's. */
export const LEAST_GRACE_MS = 2_000;

/** A grace that has begun. It may be shortened while it runs, never made longer: the shorter one counts from then on, as in kubelet. */
export class Grace {
  readonly #clock: Pick<Clock, "monotonicMs" | "sleep">;
  readonly #wish: () => number;
  readonly #bell: Bell;
  #graceMs: number;
  #endsMs: number;

  /** @param options.wish the grace that is wished for now, in milliseconds; `bell` rings when that may have changed */
  constructor(
    clock: Pick<Clock, "monotonicMs" | "sleep">,
    options: { readonly wish: () => number; readonly bell: Bell },
  ) {
    this.#clock = clock;
    this.#wish = options.wish;
    this.#bell = options.bell;
    this.#graceMs = options.wish();
    this.#endsMs = clock.monotonicMs() + this.#graceMs;
  }

  /** What is left, in milliseconds; 0 when it is over. */
  leftMs(): number {
    const now = this.#clock.monotonicMs();
    const wish = this.#wish();
    if (wish < this.#graceMs) {
      this.#graceMs = wish;
      this.#endsMs = Math.min(this.#endsMs, now + wish);
    }
    return Math.max(0, this.#endsMs - now);
  }

  /**
   * Waits for the work, but no longer than the grace lasts. The work goes on by itself.
   *
   * @throws the work's error or the signal's reason
   */
  async within(work: Promise<void>, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    let isDone = false;
    const done = work.finally(() => isDone = true);
    try {
      for (;;) {
        const seen = this.#bell.rings;
        const leftMs = this.leftMs();
        if (isDone || leftMs === 0) return;
        await unlessAborted(
          Promise.race([
            done,
            this.#clock.sleep(leftMs, either).catch(() => {}),
            this.shortened(seen, either).catch(() => {}),
          ]),
          signal,
        );
      }
    } finally {
      done.catch(() => {}); // whoever waits for the work itself sees it
      over.abort(new Stopped("The wait is over"));
    }
  }

  /** Resolves once the grace was made shorter than it was. @param seen the bell's rings before the grace was looked at */
  async shortened(seen: number, signal: AbortSignal): Promise<void> {
    const graceMs = this.#graceMs;
    for (let rings = seen; this.#graceMs === graceMs;) {
      await this.#bell.after(rings, signal);
      rings = this.#bell.rings;
      this.leftMs();
    }
  }
}

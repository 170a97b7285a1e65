/**
 * Back-off per key.
 *
 * @module
 */

/** First wait after a failure; controller-runtime's default. */
export const BACKOFF_BASE_MS = 5;
/** Longest wait; controller-runtime's default (16 min 40 s). */
export const BACKOFF_MAX_MS = 1_000_000;

/** Waits of base × 2ⁿ milliseconds for the n-th failure in a row of a key. Pure: knows no time. */
export class ItemBackoff {
  readonly #failures = new Map<string, number>();
  readonly #baseMs: number;
  readonly #maxMs: number;

  /** Nothing runs until it is asked to. */
  constructor({ baseMs = BACKOFF_BASE_MS, maxMs = BACKOFF_MAX_MS }: {
    /** @default 5 */
    readonly baseMs?: number;
    /** @default 1,000,000 */
    readonly maxMs?: number;
  } = {}) {
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
  }

  /** Counts a failure and answers the wait before the next try, in milliseconds. */
  next(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return Math.min(this.#baseMs * 2 ** failures, this.#maxMs);
  }

  /** Failures of a key since it last succeeded. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key succeeded, or is gone. */
  forget(key: string): void {
    this.#failures.delete(key);
  }
}

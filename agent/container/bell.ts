/**
 * A level-triggered wake-up inside one process.
 *
 * @module
 */

/** Tells waiters that something changed. Whoever waits reads the truth again by itself; rings while nobody waits are not lost. */
export class Bell {
  #rings = 0;
  readonly #waiting = new Set<() => void>();

  /** How often it rang; hand the number that you saw before reading to {@linkcode Bell.after}. */
  get rings(): number {
    return this.#rings;
  }

  /** Wakes everybody. */
  ring(): void {
    this.#rings++;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /**
   * Resolves once it has rung more often than `seen`.
   *
   * @throws the signal's reason when it aborts first
   */
  async after(seen: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#rings > seen) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting.add(resolve);
    try {
      await promise;
    } finally {
      this.#waiting.delete(resolve);
      signal.removeEventListener("abort", onAbort);
    }
  }
}

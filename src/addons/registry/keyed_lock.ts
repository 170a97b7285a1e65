/**
 * {@linkcode KeyedLock}: one after the other, for each key.
 *
 * @module
 */

/** Runs what concerns the same key one after the other. */
export class KeyedLock {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs a task once all earlier ones of the key are over. A task that waits for another one of its own key waits for ever. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const turn = Promise.withResolvers<void>();
    this.#last.set(key, turn.promise);
    await before;
    try {
      return await task();
    } finally {
      if (this.#last.get(key) === turn.promise) this.#last.delete(key);
      turn.resolve();
    }
  }
}

/**
 * Bounds how much is done at once.
 *
 * @module
 */

/** Lets at most `limit` pieces of work run at a time, in the order in which they came. */
export class Limiter {
  readonly #limit: number;
  #running = 0;
  readonly #queue: (() => void)[] = [];

  /** Nothing runs yet. @param limit at least 1 */
  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new RangeError(
        `Could not make a limiter: the limit must be a positive integer, got ${limit}`,
      );
    }
    this.#limit = limit;
  }

  /** How many run and how many wait, for `/debug/state`. */
  state(): { running: number; waiting: number } {
    return { running: this.#running, waiting: this.#queue.length };
  }

  /** Runs the work when there is room. Its outcome is the answer. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) {
      // Whoever ends hands over the place, so the count does not change.
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

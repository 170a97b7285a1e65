/**
 * Bounds how many probes are tried at once.
 *
 * @module
 */

/** Lets at most so many pieces of work run at a time, in the order in which they came. */
export class Turns {
  readonly #limit: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param limit at least 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many run and how many wait. */
  state(): { readonly running: number; readonly waiting: number } {
    return { running: this.#running, waiting: this.#waiting.length };
  }

  /** Runs the work when there is room; never, when nobody wants it by then. */
  async run<T>(
    work: () => Promise<T>,
    isWanted: () => boolean,
  ): Promise<T | undefined> {
    if (this.#running < this.#limit) this.#running++;
    // Whoever ends hands over the place, so the count does not change.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return isWanted() ? await work() : undefined;
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

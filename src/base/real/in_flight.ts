/**
 * Counts the requests that are being answered.
 *
 * @module
 */

/** The requests of one server. Deno's own graceful shutdown cannot be cut short, so we count ourselves. */
export class InFlight {
  #count = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  /** A request came in. @param completed settles once its answer is delivered, or never can be */
  add(completed: Promise<void>): void {
    this.#count++;
    const done = () => {
      if (--this.#count === 0) this.#idle?.resolve();
    };
    completed.then(done, done);
  }

  /** Resolves as soon as no request is being answered. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }
}

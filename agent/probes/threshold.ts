/**
 * When single results become a verdict.
 *
 * @module
 */

/** A verdict of a probe. */
export type Verdict = "success" | "failure";

/**
 * Counts results in a row: a verdict changes only after `successThreshold` successes or `failureThreshold` failures.
 *
 * @see {@link https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/}
 */
export class Threshold {
  readonly #needed: Readonly<Record<Verdict, number>>;
  #verdict: Verdict | undefined;
  #last: Verdict | undefined;
  #inARow = 0;

  /**
   * @param initial the verdict before any result; undefined when there is none
   * @param needed both at least 1
   */
  constructor(
    initial: Verdict | undefined,
    needed: { success: number; failure: number },
  ) {
    this.#verdict = initial;
    this.#needed = needed;
  }

  /** The verdict so far. */
  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  /** Counts one result; answers the verdict after it. */
  add(result: Verdict): Verdict | undefined {
    this.#inARow = result === this.#last ? this.#inARow + 1 : 1;
    this.#last = result;
    if (this.#inARow >= this.#needed[result]) this.#verdict = result;
    return this.#verdict;
  }
}

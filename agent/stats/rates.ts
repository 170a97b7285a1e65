/**
 * Processor time per second, from counters that are only looked at when somebody asks.
 *
 * @module
 */

/** A counter at a moment. */
export interface CpuSample {
  /** Monotonic milliseconds. */
  readonly atMs: number;
  /** Nanoseconds of CPU so far. */
  readonly usageNs: number;
}

/** A rate, and the time that it is the average of. */
export interface CpuRate {
  readonly nanoCores: number;
  readonly windowMs: number;
}

/** Two looks that are nearer to each other than this, in milliseconds, tell nothing: counters of processes move in steps of 10 ms. */
export const SHORTEST_WINDOW_MS = 1_000;

/** A look that is older than this, in milliseconds, says nothing of now. */
export const LONGEST_WINDOW_MS = 60_000;

interface Kept {
  older: CpuSample | undefined;
  newer: CpuSample;
}

/**
 * Keeps at most two looks at each counter: the rate is what happened between the older one and now. Who asks every ten seconds, as the
 * eviction manager does, gets the average of ten seconds for no look more; who asks for the first time in a while looks twice.
 */
export class Rates {
  readonly #kept = new Map<string, Kept>();

  /** Notes a look at a counter; answers the rate until it, undefined when there is no older look that serves. */
  add(key: string, sample: CpuSample): CpuRate | undefined {
    const kept = this.#kept.get(key);
    // A counter that has gone down is another one under the same name.
    if (!kept || sample.usageNs < kept.newer.usageNs) {
      this.#kept.set(key, { older: undefined, newer: sample });
      return undefined;
    }
    if (sample.atMs - kept.newer.atMs >= SHORTEST_WINDOW_MS) {
      kept.older = kept.newer;
      kept.newer = sample;
    }
    const { older } = kept;
    if (!older) return undefined;
    const windowMs = sample.atMs - older.atMs;
    if (windowMs > LONGEST_WINDOW_MS) return undefined;
    const nanoCores = Math.round(
      (sample.usageNs - older.usageNs) / (windowMs / 1000),
    );
    return { nanoCores, windowMs };
  }

  /** Forgets all counters but these. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.#kept.keys()) {
      if (!keys.has(key)) this.#kept.delete(key);
    }
  }
}

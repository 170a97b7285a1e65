/**
 * How often probes were tried, and how long they took: what `/metrics/probes` shows.
 *
 * @module
 */

/** Whose probe it is. */
export interface ProbeOwner {
  /** `Startup`, `Readiness` or `Liveness`. */
  readonly probe: string;
  readonly container: string;
  readonly pod: string;
  readonly namespace: string;
  readonly uid: string;
}

/** What a try came to, as kubelet names it. */
export type CountedResult = "successful" | "failed" | "unknown";

/** Upper ends of the durations' buckets, in seconds; Prometheus' defaults. */
export const DURATION_BUCKETS: readonly number[] = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
];

/** The tries of one probe. */
export class ProbeCount {
  readonly owner: ProbeOwner;
  readonly results: Record<CountedResult, number> = {
    successful: 0,
    failed: 0,
    unknown: 0,
  };
  /** Tries by the first bucket that they fall into; those that fall into none are counted by {@linkcode ProbeCount.timed} only. */
  readonly buckets: number[] = DURATION_BUCKETS.map(() => 0);
  /** Tries whose duration counts: as in kubelet, those that did not fail. */
  timed = 0;
  seconds = 0;

  constructor(owner: ProbeOwner) {
    this.owner = owner;
  }

  /** Counts a try. */
  add(result: CountedResult, durationMs: number): void {
    this.results[result]++;
    if (result === "failed") return;
    const seconds = durationMs / 1000;
    const bucket = DURATION_BUCKETS.findIndex((end) => seconds <= end);
    if (bucket >= 0) this.buckets[bucket]!++;
    this.timed++;
    this.seconds += seconds;
  }
}

/** All probes of the node. */
export class ProbeCounts {
  readonly #counts = new Map<string, ProbeCount>();

  /** The count of a probe; goes on over restarts of its container. */
  of(owner: ProbeOwner): ProbeCount {
    const key = `${owner.uid}/${owner.container}/${owner.probe}`;
    let count = this.#counts.get(key);
    if (!count) this.#counts.set(key, count = new ProbeCount(owner));
    return count;
  }

  /** All that were tried. */
  all(): Iterable<ProbeCount> {
    return this.#counts.values();
  }

  /** The pod is gone. */
  forget(uid: string): void {
    for (const [key, { owner }] of this.#counts) {
      if (owner.uid === uid) this.#counts.delete(key);
    }
  }
}

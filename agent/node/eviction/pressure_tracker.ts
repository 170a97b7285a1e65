/**
 * Which thresholds are crossed, since when, and what the node is said to be short of.
 *
 * @module
 */
import type { Observations } from "./observations.ts";
import {
  amountOf,
  type PressureCondition,
  type Signal,
  SIGNALS,
  type Threshold,
} from "./threshold.ts";

/** What follows from a look at the node. */
export interface Verdict {
  /** What the node is short of, or was a short while ago. */
  readonly conditions: readonly PressureCondition[];
  /** Thresholds that are crossed and whose grace is over, the most urgent first. */
  readonly due: readonly Threshold[];
  /** Whether there is little left of something, so that the next look should come soon. */
  readonly isClose: boolean;
  /** When a threshold would be crossed, in milliseconds from now, if everything went on as since the last look; Infinity: never. */
  readonly crossedInMs: number;
}

/** So many times its threshold a resource is still said to be close to it. */
const CLOSE = 2;

/** The thresholds that are crossed. With `withReclaim` what has to be free beyond the threshold counts as well. */
export function crossed(
  thresholds: readonly Threshold[],
  observations: Observations,
  { withReclaim = false, times = 1 }: {
    readonly withReclaim?: boolean;
    readonly times?: number;
  } = {},
): Threshold[] {
  return thresholds.filter(({ signal, value, minReclaim }) => {
    const seen = observations[signal];
    if (!seen) return false;
    const more = withReclaim && minReclaim
      ? amountOf(minReclaim, seen.capacity)
      : 0;
    return seen.available < amountOf(value, seen.capacity) * times + more;
  });
}

/** Follows the thresholds of a node over time, as kubelet's eviction manager does. Pure but for what it remembers. */
export class PressureTracker {
  readonly #thresholds: readonly Threshold[];
  readonly #transitionPeriodMs: number;
  #sinceMs = new Map<Threshold, number>();
  /** Those whose grace was over at the last look. */
  #due: readonly Threshold[] = [];
  readonly #seenMs = new Map<PressureCondition, number>();
  #last:
    | { readonly observations: Observations; readonly atMs: number }
    | undefined;

  constructor(
    thresholds: readonly Threshold[],
    { transitionPeriodMs }: { readonly transitionPeriodMs: number },
  ) {
    this.#thresholds = thresholds;
    this.#transitionPeriodMs = transitionPeriodMs;
  }

  /** Takes a look. @param nowMs of a clock that does not jump */
  take(observations: Observations, nowMs: number): Verdict {
    const now = crossed(this.#thresholds, observations);
    // What was acted upon stays until enough was reclaimed.
    const unresolved = crossed(this.#due, observations, { withReclaim: true });
    const all = new Set([...now, ...unresolved]);
    this.#sinceMs = new Map(
      [...all].map((one) => [one, this.#sinceMs.get(one) ?? nowMs]),
    );
    for (const { signal } of all) {
      this.#seenMs.set(SIGNALS[signal].condition, nowMs);
    }
    this.#due = [...all].filter((threshold) =>
      nowMs - this.#sinceMs.get(threshold)! >= threshold.graceMs
    ).sort((a, b) => urgency(a.signal) - urgency(b.signal));
    const conditions = [...this.#seenMs].filter(([, seenMs]) =>
      nowMs - seenMs < this.#transitionPeriodMs || seenMs === nowMs
    ).map(([condition]) => condition);
    const close = crossed(this.#thresholds, observations, { times: CLOSE });
    const crossedInMs = this.#crossedInMs(observations, nowMs);
    this.#last = { observations, atMs: nowMs };
    return {
      conditions,
      due: this.#due,
      isClose: close.length > 0,
      crossedInMs,
    };
  }

  #crossedInMs(observations: Observations, nowMs: number): number {
    const last = this.#last;
    if (!last) return Infinity;
    const times = this.#thresholds.map(({ signal, value }) => {
      const [then, now] = [last.observations[signal], observations[signal]];
      if (!then || !now || now.available >= then.available) return Infinity;
      const left = now.available - amountOf(value, now.capacity);
      return left * (nowMs - last.atMs) / (then.available - now.available);
    });
    return Math.max(0, Math.min(Infinity, ...times));
  }
}

/** Memory comes before everything: without it nothing else can be done. */
function urgency(signal: Signal): number {
  return SIGNALS[signal].resource === "memory" ? 0 : 1;
}

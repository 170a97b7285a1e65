/**
 * The shape of a score: how well a node suits a pod.
 *
 * @module
 */
import type { NodeInfo } from "../node_info.ts";
import type { PodInfo } from "../pod_requests.ts";

/** The best that a node can get from one score. */
export const MAX_SCORE = 100;

/** One preference. Pure. */
export interface Score {
  /** The name of Kubernetes' plugin. */
  readonly name: string;
  /** How much it counts. */
  readonly weight: number;
  /** Points of each node, from 0 to {@linkcode MAX_SCORE}; undefined when it has no preference for this pod. */
  score(
    info: PodInfo,
    nodes: readonly NodeInfo[],
  ): readonly number[] | undefined;
}

/** Scales counts so that the highest gets the most points; the other way round when fewer is better. */
export function normalize(
  counts: readonly number[],
  { fewerIsBetter = false }: { readonly fewerIsBetter?: boolean } = {},
): readonly number[] | undefined {
  const highest = Math.max(...counts);
  // All alike: nothing to prefer.
  if (highest === 0) return undefined;
  return counts.map((count) => {
    const points = Math.trunc(MAX_SCORE * count / highest);
    return fewerIsBetter ? MAX_SCORE - points : points;
  });
}

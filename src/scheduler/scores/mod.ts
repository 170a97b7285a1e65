/**
 * What makes one node better than another, with Kubernetes' weights.
 *
 * @module
 */
import type { NodeInfo } from "../node_info.ts";
import type { PodInfo } from "../pod_requests.ts";
import { preferredAffinity, softTaints } from "./preferences.ts";
import { balancedAllocation, leastAllocated } from "./resources.ts";
import type { Score } from "./score.ts";
import { spreading } from "./spreading.ts";

/** All scores. */
export const SCORES: readonly Score[] = [
  softTaints,
  preferredAffinity,
  spreading,
  leastAllocated,
  balancedAllocation,
];

/** The weighted sum of all scores of each node. */
export function totalScores(
  info: PodInfo,
  nodes: readonly NodeInfo[],
): number[] {
  const totals = new Array<number>(nodes.length).fill(0);
  for (const { weight, score } of SCORES) {
    score(info, nodes)?.forEach((points, at) => {
      totals[at] = totals[at]! + weight * points;
    });
  }
  return totals;
}

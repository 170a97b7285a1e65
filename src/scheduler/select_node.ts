/**
 * Chooses a node for a pod: rules first, then preferences.
 *
 * @module
 */
import { Diagnosis } from "./diagnosis.ts";
import type { Rejection } from "./filters/filter.ts";
import { FILTERS } from "./filters/mod.ts";
import type { NodeInfo } from "./node_info.ts";
import type { PodInfo } from "./pod_requests.ts";
import { totalScores } from "./scores/mod.ts";
import type { Snapshot } from "./snapshot.ts";

/** Below this number of nodes all are looked at. */
const MIN_FEASIBLE = 100;
/** At least this share of a large cluster's nodes is looked for. */
const MIN_FEASIBLE_PERCENT = 5;

/** A node, or why there is none. */
export type Choice = { readonly nodeName: string } | {
  readonly diagnosis: Diagnosis;
};

/** Options of {@linkcode selectNode}. */
export interface SelectOptions {
  /** At which node to start looking; in a large cluster the search stops at enough feasible nodes, so that starts must rotate. */
  readonly start: number;
  /** A number in [0, 1): which of the best. */
  readonly random: () => number;
}

/** The check of all rules for one pod. */
export function checkFor(
  info: PodInfo,
  snapshot: Snapshot,
): (node: NodeInfo) => Rejection | undefined {
  const refusal = refusalOf(info, snapshot);
  if (refusal !== undefined) {
    return () => ({ reasons: [refusal], unresolvable: true });
  }
  const checks = FILTERS.map((filter) => filter.prepare(info, snapshot))
    .filter((check) => check !== undefined);
  return (node) => {
    for (const check of checks) {
      const rejection = check(node);
      if (rejection !== undefined) return rejection;
    }
    return undefined;
  };
}

/** What stands against a pod on every node. */
function refusalOf(info: PodInfo, snapshot: Snapshot): string | undefined {
  for (const filter of FILTERS) {
    const refusal = filter.refuse?.(info, snapshot);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Chooses the best of the feasible nodes, any of them when several are alike. `looked` tells how many nodes were checked. */
export function selectNode(
  info: PodInfo,
  snapshot: Snapshot,
  { start, random }: SelectOptions,
): { readonly choice: Choice; readonly looked: number } {
  const { nodes } = snapshot;
  const enough = feasibleWanted(nodes.length);
  const diagnosis = new Diagnosis();
  const refusal = refusalOf(info, snapshot);
  if (refusal !== undefined) {
    diagnosis.refuse(refusal, nodes.length);
    return { choice: { diagnosis }, looked: 0 };
  }
  const check = checkFor(info, snapshot);
  const feasible: NodeInfo[] = [];
  let looked = 0;
  while (looked < nodes.length && feasible.length < enough) {
    const node = nodes[(start + looked++) % nodes.length]!;
    const rejection = check(node);
    if (rejection === undefined) feasible.push(node);
    else diagnosis.add(rejection);
  }
  if (feasible.length === 0) return { choice: { diagnosis }, looked };
  const best = feasible.length === 1
    ? feasible[0]!
    : bestOf(info, feasible, random);
  return { choice: { nodeName: best.name }, looked };
}

/** Kubernetes' adaptive share: 50 % of a cluster of 100 nodes, less of larger ones. */
function feasibleWanted(nodes: number): number {
  if (nodes <= MIN_FEASIBLE) return nodes;
  const percent = Math.max(MIN_FEASIBLE_PERCENT, 50 - Math.trunc(nodes / 125));
  return Math.max(MIN_FEASIBLE, Math.trunc(nodes * percent / 100));
}

function bestOf(
  info: PodInfo,
  feasible: readonly NodeInfo[],
  random: () => number,
): NodeInfo {
  const totals = totalScores(info, feasible);
  let best = 0;
  let ties = 1;
  for (let at = 1; at < feasible.length; at++) {
    if (totals[at]! > totals[best]!) {
      best = at;
      ties = 1;
    } else if (totals[at] === totals[best]) {
      ties++;
      // Each of the best gets the same chance.
      if (random() < 1 / ties) best = at;
    }
  }
  return feasible[best]!;
}

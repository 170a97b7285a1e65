/**
 * The numbers of a rollout. Pure. Follows Kubernetes' deployment controller.
 *
 * @module
 */
import type { Deployment } from "../api/apps/deployment.ts";
import type { ReplicaSet } from "../api/apps/replica_set.ts";
import type { IntOrString } from "../api/schema/words.ts";

/** Kubernetes' default of `maxSurge` and `maxUnavailable`. */
const DEFAULT_SHARE = "25%";
/** Annotation on replica sets: how many replicas the deployment wanted when it last scaled them. */
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
/** Annotation on replica sets: the same with surge. */
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

/** How many replicas a deployment wants. */
export function desiredReplicas({ spec }: Deployment): number {
  return spec.replicas ?? 1;
}

/** How many replicas a replica set is told to have. */
export function sizeOf(set: ReplicaSet): number {
  return set.spec.replicas ?? 1;
}

/** The sum of what replica sets are told to have. */
export function totalSize(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + sizeOf(set), 0);
}

/** How many pods of replica sets are available. */
export function totalAvailable(sets: readonly ReplicaSet[]): number {
  return sets.reduce(
    (sum, { status }) => sum + (status?.availableReplicas ?? 0),
    0,
  );
}

/** Whether pods are replaced bit by bit. */
export function isRolling({ spec }: Deployment): boolean {
  return (spec.strategy?.type ?? "RollingUpdate") === "RollingUpdate";
}

/** How many pods beyond the wish there may be. Percentages are rounded up. */
export function maxSurge(deployment: Deployment): number {
  return isRolling(deployment) ? fenceposts(deployment).surge : 0;
}

/** How many pods of the wish may be missing. Percentages are rounded down; 1 when nothing could ever move otherwise. */
export function maxUnavailable(deployment: Deployment): number {
  const desired = desiredReplicas(deployment);
  if (!isRolling(deployment) || desired === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, desired);
}

/** How large the new replica set may be now. */
export function newSetSize(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  current: number,
): number {
  const desired = desiredReplicas(deployment);
  if (!isRolling(deployment)) return desired;
  const room = desired + maxSurge(deployment) - totalSize(all);
  if (room <= 0) return current;
  return current + Math.min(room, desired - current);
}

/**
 * Spreads a change of the wish over all replica sets by their size, so that a rollout that is under way keeps its proportions.
 *
 * @returns new sizes by name
 */
export function proportionalSizes(
  deployment: Deployment,
  active: readonly ReplicaSet[],
): Map<string, number> {
  const desired = desiredReplicas(deployment);
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0;
  const toAdd = allowed - totalSize(active);
  // The larger ones first; among equals the newer one grows, the older one shrinks.
  const sorted = [...active].sort((a, b) =>
    sizeOf(b) - sizeOf(a) ||
    (toAdd > 0 ? -1 : 1) * compareAge(a, b)
  );
  const sizes = new Map<string, number>();
  let added = 0;
  for (const set of sorted) {
    const share = toAdd === 0 ? 0 : proportion(deployment, set, toAdd - added);
    sizes.set(set.metadata.name ?? "", sizeOf(set) + share);
    added += share;
  }
  const [first] = sorted;
  if (first !== undefined && toAdd !== 0) {
    const name = first.metadata.name ?? "";
    // What rounding left over goes to the largest.
    sizes.set(name, Math.max(0, sizes.get(name)! + toAdd - added));
  }
  return sizes;
}

/** Older before newer; by name when they are of one second. */
export function compareAge(a: ReplicaSet, b: ReplicaSet): number {
  const [left, right] = [a, b].map(({ metadata }) =>
    metadata.creationTimestamp ?? ""
  ) as [string, string];
  if (left !== right) return left < right ? -1 : 1;
  return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
}

/** Integer or percentage of a total. */
export function resolveShare(
  share: IntOrString,
  { total, round }: { readonly total: number; readonly round: "up" | "down" },
): number {
  if (typeof share === "number") return share;
  const percent = Number(share.replace(/%$/, ""));
  const exact = total * percent / 100;
  return round === "up" ? Math.ceil(exact) : Math.floor(exact);
}

function fenceposts(
  deployment: Deployment,
): { surge: number; unavailable: number } {
  const total = desiredReplicas(deployment);
  const rolling = deployment.spec.strategy?.rollingUpdate;
  const surge = resolveShare(rolling?.maxSurge ?? DEFAULT_SHARE, {
    total,
    round: "up",
  });
  const unavailable = resolveShare(rolling?.maxUnavailable ?? DEFAULT_SHARE, {
    total,
    round: "down",
  });
  // Both 0 can come of rounding; the rollout would never move.
  return surge === 0 && unavailable === 0
    ? { surge, unavailable: 1 }
    : { surge, unavailable };
}

function proportion(
  deployment: Deployment,
  set: ReplicaSet,
  left: number,
): number {
  if (sizeOf(set) === 0 || left === 0) return 0;
  const fraction = fractionOf(deployment, set);
  return left > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}

function fractionOf(deployment: Deployment, set: ReplicaSet): number {
  const desired = desiredReplicas(deployment);
  if (desired === 0) return -sizeOf(set);
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? NaN) ||
    (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  const now = desired + maxSurge(deployment);
  return roundHalfAway(sizeOf(set) * now / before) - sizeOf(set);
}

function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

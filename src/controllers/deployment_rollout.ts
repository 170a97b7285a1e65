/**
 * The two ways from old pods to new ones.
 *
 * @module
 */
import type { Deployment } from "../api/apps/deployment.ts";
import type { ReplicaSet } from "../api/apps/replica_set.ts";
import {
  compareAge,
  DESIRED_REPLICAS,
  desiredReplicas,
  isRolling,
  maxUnavailable,
  newSetSize,
  proportionalSizes,
  sizeOf,
  totalAvailable,
  totalSize,
} from "./deployment_math.ts";
import type { DeploymentSets } from "./deployment_sets.ts";

/** A deployment's replica sets. Replaced by what was written as a pass goes on. */
export interface SetsView {
  /** The set of the newest template. */
  newSet: ReplicaSet | undefined;
  /** All others. */
  old: ReplicaSet[];
}

/** All sets of a view. */
export function allSets({ newSet, old }: SetsView): ReplicaSet[] {
  return newSet === undefined ? [...old] : [...old, newSet];
}

/** Those that have pods, or are told to. */
export function activeSets(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.filter((set) => sizeOf(set) > 0);
}

/** One step of a rolling update: up within the surge, or down within what may be missing. */
export async function rollStep(
  deployment: Deployment,
  view: SetsView,
  sets: DeploymentSets,
): Promise<void> {
  const { newSet } = view;
  if (newSet === undefined) return;
  const desired = desiredReplicas(deployment);
  const size = sizeOf(newSet);
  if (size !== desired) {
    const next = size > desired
      ? desired
      : newSetSize(deployment, allSets(view), size);
    const { set, scaled } = await sets.scale(newSet, next);
    view.newSet = set;
    if (scaled) return;
  }
  await shrinkOld(deployment, view, sets);
}

/** One step of a recreation: all old pods go, then new ones come. Answers whether the new set may come now. */
export async function recreateStep(
  view: SetsView,
  sets: DeploymentSets,
  oldPodsRun: boolean,
): Promise<boolean> {
  let scaled = false;
  for (const set of activeSets(view.old)) {
    await replace(view, set, sets.scale(set, 0));
    scaled = true;
  }
  return !scaled && !oldPodsRun;
}

/** Follows a change of the wish alone: no rollout goes on here, and one that is under way keeps its proportions. */
export async function scaleAll(
  deployment: Deployment,
  view: SetsView,
  sets: DeploymentSets,
): Promise<void> {
  const desired = desiredReplicas(deployment);
  const active = activeSets(allSets(view));
  const only = active.length > 1
    ? undefined
    : active[0] ?? view.newSet ?? [...view.old].sort(compareAge).at(-1);
  if (active.length <= 1) {
    // Also when the size is right: what is noted on it may be of another wish.
    if (only !== undefined) {
      await replace(view, only, sets.scale(only, desired));
    }
    return;
  }
  if (isSaturated(deployment, view.newSet)) {
    for (const set of activeSets(view.old)) {
      await replace(view, set, sets.scale(set, 0));
    }
    return;
  }
  if (!isRolling(deployment)) return;
  const sizes = proportionalSizes(deployment, active);
  for (const set of active) {
    const size = sizes.get(set.metadata.name ?? "") ?? sizeOf(set);
    await replace(view, set, sets.scale(set, size));
  }
}

/**
 * Whether a set was scaled for another wish than today's. Not so while a recreation has pods of several templates (its strategy was changed in the
 * middle of a rollout): nothing could be scaled in proportion then, and the recreation itself puts all right. Kubernetes' controller gets stuck there.
 */
export function isScaling(
  deployment: Deployment,
  all: readonly ReplicaSet[],
): boolean {
  const desired = String(desiredReplicas(deployment));
  const active = activeSets(all);
  if (active.length > 1 && !isRolling(deployment)) return false;
  return active.some(({ metadata }) => {
    const noted = metadata.annotations?.[DESIRED_REPLICAS];
    return noted !== undefined && noted !== desired;
  });
}

async function shrinkOld(
  deployment: Deployment,
  view: SetsView,
  sets: DeploymentSets,
): Promise<void> {
  if (totalSize(view.old) === 0) return;
  const { newSet } = view;
  const minAvailable = desiredReplicas(deployment) - maxUnavailable(deployment);
  const newUnavailable = newSet === undefined
    ? 0
    : sizeOf(newSet) - (newSet.status?.availableReplicas ?? 0);
  let room = totalSize(allSets(view)) - minAvailable - newUnavailable;
  if (room <= 0) return;
  // Pods that serve nobody go first: taking them away costs nothing.
  for (const set of [...view.old].sort(compareAge)) {
    const unhealthy = sizeOf(set) - (set.status?.availableReplicas ?? 0);
    const cut = Math.min(room, unhealthy);
    if (room <= 0 || sizeOf(set) === 0 || cut <= 0) continue;
    await replace(view, set, sets.scale(set, sizeOf(set) - cut));
    room -= cut;
  }
  let spare = totalAvailable(allSets(view)) - minAvailable;
  for (const set of [...view.old].sort(compareAge)) {
    const cut = Math.min(spare, sizeOf(set));
    if (cut <= 0) continue;
    await replace(view, set, sets.scale(set, sizeOf(set) - cut));
    spare -= cut;
  }
}

/** All that is wanted is new and available: the rest can go. */
function isSaturated(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
): boolean {
  const desired = desiredReplicas(deployment);
  return newSet !== undefined &&
    newSet.metadata.annotations?.[DESIRED_REPLICAS] === String(desired) &&
    sizeOf(newSet) === desired &&
    (newSet.status?.availableReplicas ?? 0) === desired;
}

/** Puts the written version of a set in the place of the one before. */
async function replace(
  view: SetsView,
  set: ReplicaSet,
  writing: Promise<{ set: ReplicaSet }>,
): Promise<void> {
  const { set: written } = await writing;
  if (view.newSet === set) view.newSet = written;
  const at = view.old.indexOf(set);
  if (at >= 0) view.old[at] = written;
}

/**
 * Which pods to give up first when there are too many.
 *
 * @module
 */
import type { Pod } from "../api/core/pod.ts";
import { epochMs } from "../api/time.ts";
import { isPodActive, isPodReady, readySinceMs, restartsOf } from "./pods.ts";

/** Annotation by which people say how dear a pod is; lower goes first. */
export const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

const PHASE_ORDER: Readonly<Record<string, number>> = {
  Pending: 0,
  Unknown: 1,
  Running: 2,
};

/**
 * Sorts pods so that those to delete come first: unassigned before assigned, pending before running, not ready before ready, cheap before dear,
 * on crowded nodes before others, ready for a short time before ready for long, often restarted before steady, new before old.
 * Times are compared by their order of magnitude, as Kubernetes does, so that not always the newest node loses its pods.
 */
export function rankForDeletion(
  pods: readonly Pod[],
  { related, nowMs }: {
    /** Pods that do the same work: the siblings of the deployment. They make a node crowded. */
    readonly related: readonly Pod[];
    readonly nowMs: number;
  },
): Pod[] {
  const perNode = new Map<string, number>();
  for (const pod of related) {
    const { nodeName } = pod.spec;
    if (nodeName && isPodActive(pod)) {
      perNode.set(nodeName, (perNode.get(nodeName) ?? 0) + 1);
    }
  }
  const crowd = (pod: Pod) => perNode.get(pod.spec.nodeName ?? "") ?? 0;
  return [...pods].sort((a, b) =>
    flag(b.spec.nodeName === undefined || b.spec.nodeName === "") -
      flag(a.spec.nodeName === undefined || a.spec.nodeName === "") ||
    phase(a) - phase(b) ||
    flag(isPodReady(a)) - flag(isPodReady(b)) ||
    cost(a) - cost(b) ||
    crowd(b) - crowd(a) ||
    byReadyTime(a, b, nowMs) ||
    restartsOf(b) - restartsOf(a) ||
    byAge(createdMs(a), createdMs(b), { a, b, nowMs })
  );
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}

function phase(pod: Pod): number {
  return PHASE_ORDER[pod.status?.phase ?? ""] ?? 0;
}

function cost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST];
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : 0;
}

function createdMs(pod: Pod): number | undefined {
  const { creationTimestamp } = pod.metadata;
  return creationTimestamp === undefined
    ? undefined
    : epochMs(creationTimestamp);
}

function byReadyTime(a: Pod, b: Pod, nowMs: number): number {
  if (!isPodReady(a) || !isPodReady(b)) return 0;
  return byAge(readySinceMs(a), readySinceMs(b), { a, b, nowMs });
}

/** Younger first by the logarithm of the age; the same magnitude goes by uid, so that the order is stable. */
function byAge(
  aMs: number | undefined,
  bMs: number | undefined,
  { a, b, nowMs }: { a: Pod; b: Pod; nowMs: number },
): number {
  if (aMs === bMs) return 0;
  if (aMs === undefined) return -1;
  if (bMs === undefined) return 1;
  const difference = magnitude(nowMs - aMs) - magnitude(nowMs - bMs);
  if (difference !== 0) return difference;
  return (a.metadata.uid ?? "") < (b.metadata.uid ?? "") ? -1 : 1;
}

/** Whole part of log₂ of an age in nanoseconds; -1 for none. */
function magnitude(ageMs: number): number {
  return ageMs > 0 ? Math.trunc(Math.log2(ageMs * 1e6)) : -1;
}

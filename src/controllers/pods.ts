/**
 * What controllers ask of pods.
 *
 * @module
 */
import type { Pod } from "../api/core/pod.ts";
import type { PodCondition } from "../api/core/pod_status.ts";
import { epochMs } from "../api/time.ts";

/** The condition of a type; undefined when the pod has none. */
export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** Whether the Ready condition is True. */
export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** Whether the pod has ended for good. */
export function isPodTerminal(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Whether the pod counts as a replica: neither ended nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Since when the pod is ready, in milliseconds since 1970; undefined when it is not. */
export function readySinceMs(pod: Pod): number | undefined {
  const ready = podCondition(pod, "Ready");
  return ready?.status === "True" && ready.lastTransitionTime !== undefined
    ? epochMs(ready.lastTransitionTime)
    : undefined;
}

/**
 * How long until a ready pod counts as available, in milliseconds: 0 when it does already; undefined when it is not ready.
 */
export function availableInMs(
  pod: Pod,
  { minReadySeconds, nowMs }: {
    readonly minReadySeconds: number;
    readonly nowMs: number;
  },
): number | undefined {
  if (!isPodReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = readySinceMs(pod);
  return since === undefined
    ? undefined
    : Math.max(0, since + minReadySeconds * 1_000 - nowMs);
}

/** Restarts of all containers together. */
export function restartsOf(pod: Pod): number {
  let restarts = 0;
  for (const { restartCount } of pod.status?.containerStatuses ?? []) {
    restarts += restartCount;
  }
  return restarts;
}

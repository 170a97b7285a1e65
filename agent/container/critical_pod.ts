/**
 * Pods that the node or the cluster cannot do without.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";

/** From this priority on a pod is critical: that of `system-cluster-critical`. */
const CRITICAL_PRIORITY = 2_000_000_000;
const SOURCE_ANNOTATION = "kubernetes.io/config.source";
const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** Whether a pod comes from the node itself and not from the API. */
export function isStatic({ metadata }: Pod): boolean {
  const source = metadata.annotations?.[SOURCE_ANNOTATION];
  return source !== undefined && source !== "api";
}

/** Whether others may have to go for a pod. */
export function isCritical(pod: Pod): boolean {
  return isStatic(pod) ||
    pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined ||
    (pod.spec.priority ?? 0) >= CRITICAL_PRIORITY;
}

/** Whether the node itself needs a pod. */
export function isNodeCritical(pod: Pod): boolean {
  return isCritical(pod) &&
    pod.spec.priorityClassName === "system-node-critical";
}

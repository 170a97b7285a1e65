/**
 * The status of what keeps a number of pods: replica sets and replication controllers.
 *
 * @module
 */
import type { Pod } from "../api/core/pod.ts";
import type {
  ReplicaSetCondition,
  ReplicaSetStatus,
} from "../api/apps/replica_set.ts";
import { formatTime } from "../api/time.ts";
import { counted } from "./counts.ts";
import { availableInMs, isPodActive, isPodReady } from "./pods.ts";

/** What a status is computed from. */
export interface ReplicaObservation {
  /** All pods that belong to the owner. */
  readonly pods: readonly Pod[];
  /** Labels that a new pod would have. */
  readonly templateLabels: Readonly<Record<string, string>>;
  /** How long a pod must be ready before it counts as available. */
  readonly minReadySeconds: number;
  /** The owner's generation. */
  readonly generation: number | undefined;
  /** The status before. */
  readonly previous: ReplicaSetStatus | undefined;
  /** Why pods could not be created (`FailedCreate`) or deleted (`FailedDelete`). */
  readonly failure?: { readonly reason: string; readonly message: string };
  /** Whether the number of terminating pods is told (replica sets only). */
  readonly countsTerminating: boolean;
  /** Now, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** Computes the status; counts of zero are left out, as Kubernetes does. */
export function replicaStatus(of: ReplicaObservation): ReplicaSetStatus {
  const active = of.pods.filter(isPodActive);
  const fullyLabeled =
    active.filter((pod) => hasLabels(pod, of.templateLabels)).length;
  const ready = active.filter(isPodReady).length;
  const available = active.filter((pod) => availableInMs(pod, of) === 0).length;
  const terminating = of.pods.filter(isTerminating).length;
  const conditions = conditionsOf(of);
  return {
    replicas: active.length,
    ...counted("fullyLabeledReplicas", fullyLabeled),
    ...counted("readyReplicas", ready),
    ...counted("availableReplicas", available),
    ...of.countsTerminating ? { terminatingReplicas: terminating } : {},
    ...of.generation === undefined ? {} : { observedGeneration: of.generation },
    ...conditions.length === 0 ? {} : { conditions },
  };
}

/** How long until the next pod becomes available, in milliseconds; undefined when none is on its way. */
export function nextAvailableMs(
  pods: readonly Pod[],
  timing: { readonly minReadySeconds: number; readonly nowMs: number },
): number | undefined {
  let next: number | undefined;
  for (const pod of pods) {
    if (!isPodActive(pod)) continue;
    const wait = availableInMs(pod, timing);
    if (wait !== undefined && wait > 0 && (next === undefined || wait < next)) {
      next = wait;
    }
  }
  return next;
}

/** Being deleted, and not ended yet. */
function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined &&
    pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed";
}

function hasLabels(
  { metadata }: Pod,
  labels: Readonly<Record<string, string>>,
): boolean {
  for (const key in labels) {
    if (metadata.labels?.[key] !== labels[key]) return false;
  }
  return true;
}

/** ReplicaFailure stands as long as the last pass failed; it keeps the time and words of its first failure. */
function conditionsOf(of: ReplicaObservation): ReplicaSetCondition[] {
  const conditions = of.previous?.conditions ?? [];
  const standing = conditions.find(({ type }) => type === "ReplicaFailure");
  if (of.failure === undefined) {
    return conditions.filter((condition) => condition !== standing);
  }
  return standing !== undefined ? conditions : [...conditions, {
    type: "ReplicaFailure",
    status: "True",
    lastTransitionTime: formatTime(of.nowMs),
    ...of.failure,
  }];
}

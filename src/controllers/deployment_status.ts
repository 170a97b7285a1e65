/**
 * The status of a deployment, with Kubernetes' conditions, reasons and messages. Pure.
 *
 * @module
 */
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
} from "../api/apps/deployment.ts";
import type { ReplicaSet } from "../api/apps/replica_set.ts";
import { epochMs, formatTime } from "../api/time.ts";
import { counted } from "./counts.ts";
import {
  desiredReplicas,
  maxUnavailable,
  totalAvailable,
  totalSize,
} from "./deployment_math.ts";

/** `progressDeadlineSeconds` of this value means none. */
const NO_DEADLINE = 2 ** 31 - 1;

/** What a rollout looks like now. */
export interface RolloutView {
  /** With the conditions that this pass has set so far. */
  readonly deployment: Deployment;
  /** The set of the newest template. */
  readonly newSet: ReplicaSet | undefined;
  /** All sets, the newest among them. */
  readonly all: readonly ReplicaSet[];
  /** Now, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** A condition to set. */
export interface ConditionWords {
  /** Which condition. */
  readonly type: "Available" | "Progressing" | "ReplicaFailure";
  /** What it says. */
  readonly status: "True" | "False" | "Unknown";
  /** Why, for machines. */
  readonly reason: string;
  /** Why, for people. */
  readonly message: string;
}

/** Whether a deployment has a deadline for its progress. */
export function hasDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined &&
    spec.progressDeadlineSeconds !== NO_DEADLINE;
}

/** The condition of a type. */
export function conditionOf(
  status: DeploymentStatus | undefined,
  type: string,
): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Conditions with one set: unchanged when status and reason are the same; the time of the last transition moves with the status alone. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  words: ConditionWords,
  nowMs: number,
): DeploymentCondition[] {
  const held = conditions.find(({ type }) => type === words.type);
  if (held?.status === words.status && held.reason === words.reason) {
    return [...conditions];
  }
  const now = formatTime(nowMs);
  return [...conditions.filter((condition) => condition !== held), {
    type: words.type,
    status: words.status,
    lastUpdateTime: now,
    lastTransitionTime: held?.status === words.status
      ? held.lastTransitionTime ?? now
      : now,
    reason: words.reason,
    message: words.message,
  }];
}

/** Counts, and whether enough pods are available. */
export function baseStatus(view: RolloutView): DeploymentStatus {
  const { deployment, newSet, all, nowMs } = view;
  const available = totalAvailable(all);
  const enough = available >=
    desiredReplicas(deployment) - maxUnavailable(deployment);
  const terminating = all.map(({ status }) => status?.terminatingReplicas);
  const { status, metadata } = deployment;
  return {
    ...metadata.generation === undefined
      ? {}
      : { observedGeneration: metadata.generation },
    ...counted("replicas", sum(all, "replicas")),
    ...counted("updatedReplicas", newSet?.status?.replicas ?? 0),
    ...counted("readyReplicas", sum(all, "readyReplicas")),
    ...counted("availableReplicas", available),
    ...counted("unavailableReplicas", Math.max(0, totalSize(all) - available)),
    ...terminating.some((count) => count === undefined)
      ? {}
      : { terminatingReplicas: sum(all, "terminatingReplicas") },
    ...status?.collisionCount === undefined
      ? {}
      : { collisionCount: status.collisionCount },
    conditions: withCondition(
      status?.conditions ?? [],
      enough
        ? {
          type: "Available",
          status: "True",
          reason: "MinimumReplicasAvailable",
          message: "Deployment has minimum availability.",
        }
        : {
          type: "Available",
          status: "False",
          reason: "MinimumReplicasUnavailable",
          message: "Deployment does not have minimum availability.",
        },
      nowMs,
    ),
  };
}

/** Counts, availability, progress and failures: the status after a pass of a rollout. */
export function rolloutStatus(view: RolloutView): DeploymentStatus {
  const { deployment, newSet, all, nowMs } = view;
  const status = baseStatus(view);
  let conditions = status.conditions ?? [];
  const held = conditionOf(deployment.status, "Progressing");
  const isSettled = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) &&
    held?.reason === "NewReplicaSetAvailable";
  if (!hasDeadline(deployment)) {
    conditions = conditions.filter(({ type }) => type !== "Progressing");
  } else if (!isSettled) {
    const subject = newSet === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${newSet.metadata.name}"`;
    if (isComplete(deployment, status)) {
      conditions = withCondition(conditions, {
        type: "Progressing",
        status: "True",
        reason: "NewReplicaSetAvailable",
        message: `${subject} has successfully progressed.`,
      }, nowMs);
    } else if (progressed(deployment.status, status)) {
      // Always new, so that the deadline counts from the last progress; only the transition keeps its time.
      const now = formatTime(nowMs);
      conditions = [
        ...conditions.filter(({ type }) => type !== "Progressing"),
        {
          type: "Progressing",
          status: "True",
          lastUpdateTime: now,
          lastTransitionTime: held?.status === "True"
            ? held.lastTransitionTime ?? now
            : now,
          reason: "ReplicaSetUpdated",
          message: `${subject} is progressing.`,
        },
      ];
    } else if (isLate(deployment, conditionOf(status, "Progressing"), nowMs)) {
      conditions = withCondition(conditions, {
        type: "Progressing",
        status: "False",
        reason: "ProgressDeadlineExceeded",
        message: `${subject} has timed out progressing.`,
      }, nowMs);
    }
  }
  const failure = replicaFailure(all, newSet);
  conditions = failure === undefined
    ? conditions.filter(({ type }) => type !== "ReplicaFailure")
    : withCondition(conditions, failure, nowMs);
  return { ...status, conditions };
}

/** Whether all pods are of the newest template, and available, and no others are left. */
export function isComplete(
  deployment: Deployment,
  status: DeploymentStatus,
): boolean {
  const desired = desiredReplicas(deployment);
  return (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
}

/** When to look again whether the deadline has passed, in milliseconds; undefined when no deadline runs. */
export function deadlineInMs(
  deployment: Deployment,
  status: DeploymentStatus,
  nowMs: number,
): number | undefined {
  const held = conditionOf(status, "Progressing");
  if (
    !hasDeadline(deployment) || held?.lastUpdateTime === undefined ||
    held.reason === "ProgressDeadlineExceeded" ||
    held.reason === "NewReplicaSetAvailable"
  ) return undefined;
  const left = epochMs(held.lastUpdateTime) +
    deployment.spec.progressDeadlineSeconds! * 1_000 - nowMs;
  // A second later: times in the API have whole seconds.
  return Math.max(0, left) + 1_000;
}

function progressed(
  before: DeploymentStatus | undefined,
  now: DeploymentStatus,
): boolean {
  const old = (status: DeploymentStatus | undefined) =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  const more = (
    key: "updatedReplicas" | "readyReplicas" | "availableReplicas",
  ) => (now[key] ?? 0) > (before?.[key] ?? 0);
  return more("updatedReplicas") || old(now) < old(before) ||
    more("readyReplicas") || more("availableReplicas");
}

function isLate(
  { spec }: Deployment,
  held: DeploymentCondition | undefined,
  nowMs: number,
): boolean {
  if (held === undefined || held.reason === "NewReplicaSetAvailable") {
    return false;
  }
  if (held.reason === "ProgressDeadlineExceeded") return true;
  return epochMs(held.lastUpdateTime ?? "") +
      spec.progressDeadlineSeconds! * 1_000 < nowMs;
}

/** The newest set's failure counts, else that of any. */
function replicaFailure(
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
): ConditionWords | undefined {
  for (const set of [newSet, ...all]) {
    const failure = set?.status?.conditions?.find(({ type }) =>
      type === "ReplicaFailure"
    );
    if (failure === undefined) continue;
    return {
      type: "ReplicaFailure",
      status: failure.status as "True",
      reason: failure.reason ?? "",
      message: failure.message ?? "",
    };
  }
  return undefined;
}

function sum(
  sets: readonly ReplicaSet[],
  key: "replicas" | "readyReplicas" | "terminatingReplicas",
): number {
  return sets.reduce((total, { status }) => total + (status?.[key] ?? 0), 0);
}

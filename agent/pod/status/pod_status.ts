/**
 * The status of a pod, computed from what the agent knows.
 *
 * @module
 */
import type {
  PodCondition,
  PodPhase,
  PodStatus,
} from "../../../src/api/core/pod_status.ts";
import type { ContainerStatus } from "../../../src/api/core/container_status.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import { podLimits, podRequests } from "../../../src/api/core/pod_resources.ts";
import type { PodRecord } from "../pod_record.ts";
import { isStaticPod } from "../sources/annotations.ts";
import { OWN_CONDITIONS, podConditions } from "./conditions.ts";
import {
  apiTime,
  containerStatuses,
  isInitialized,
} from "./container_statuses.ts";
import { phaseByContainers, type PhaseInput, podPhase } from "./phase.ts";

/** What the status needs beside the record. */
export interface StatusContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The node's addresses. */
  readonly hostIPs: readonly string[];
}

/**
 * The status as kubelet would write it. Pure: nothing is changed.
 * The same record gives the same status at any time, but for the times of transitions that happened since `record.lastStatus`.
 */
export function computePodStatus(
  record: PodRecord,
  context: StatusContext,
): PodStatus {
  const { pod, lastStatus, failure } = record;
  if (record.isRejected) return rejected(record);
  const initStatuses = containerStatuses(record, "initContainers");
  const statuses = containerStatuses(record, "containers");
  const ephemeral = containerStatuses(record, "ephemeralContainers");
  // A final phase stays, whatever becomes of the containers' remains.
  const final = isFinal(lastStatus) ? lastStatus.phase : undefined;
  const phase = final ?? phaseNow(record, { initStatuses, statuses });
  const podIPs = addresses(record, context);
  const kept = record.containers.length === 0 && isFinal(lastStatus);
  // The node refused it, in an earlier life of the agent.
  if (kept && !lastStatus.containerStatuses) return lastStatus;
  const { generation } = pod.metadata;
  const reason = isFinal({ phase }) ? failure ?? lastStatus : undefined;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    phase,
    conditions: [
      ...podConditions({
        pod,
        // As kubelet: those of a pod that was ended unfinished say what it was doing.
        phase: final || failure ? phase : phaseByContainers(
          phaseInput(record, {
            initStatuses,
            statuses: statuses.map(asBeforeTheEnd),
          }),
        ),
        wasFinal: final !== undefined,
        initStatuses,
        statuses,
        hasSandbox: record.sandbox !== undefined,
        isRestartingAll: record.isRestartingAll,
        previous: lastStatus?.conditions ?? pod.status?.conditions ?? [],
        now: context.now,
      }),
      ...foreignConditions(record, context),
    ],
    ...(reason?.reason && { reason: reason.reason }),
    ...(reason?.message && { message: reason.message }),
    ...(context.hostIPs.length > 0 && {
      hostIP: context.hostIPs[0]!,
      hostIPs: context.hostIPs.map((ip) => ({ ip })),
    }),
    ...(podIPs.length > 0 && {
      podIP: podIPs[0]!,
      podIPs: podIPs.map((ip) => ({ ip })),
    }),
    startTime: lastStatus?.startTime ?? apiTime(record.startTime),
    ...(initStatuses.length > 0 && { initContainerStatuses: initStatuses }),
    containerStatuses: statuses,
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
    ...(pod.status?.qosClass && { qosClass: pod.status.qosClass }),
    ...podResources(pod),
  };
}

/** What the pod as a whole was given. */
function podResources(
  pod: Pod,
): Pick<PodStatus, "resources" | "allocatedResources"> {
  const requests = podRequests(pod);
  const limits = podLimits(pod);
  const isAny = (list: object) => Object.keys(list).length > 0;
  return {
    ...(isAny(requests) && { allocatedResources: requests }),
    resources: {
      ...(isAny(limits) && { limits }),
      ...(isAny(requests) && { requests }),
    },
  };
}

/** Conditions of others, and why the node ended the pod for the sake of others. */
function foreignConditions(
  { pod, failure, lastStatus }: PodRecord,
  { now }: StatusContext,
): PodCondition[] {
  const type = "DisruptionTarget";
  const others = (pod.status?.conditions ?? []).filter((condition) =>
    !OWN_CONDITIONS.includes(condition.type)
  );
  const held = lastStatus?.conditions?.find((one) => one.type === type) ??
    others.find((one) => one.type === type);
  if (!failure?.isDisruption) {
    return held && !others.some((one) => one.type === type)
      ? [...others, held]
      : others;
  }
  const isTold = held?.status === "True" &&
    held.reason === "TerminationByKubelet";
  const { generation } = pod.metadata;
  return [...others.filter((one) => one.type !== type), {
    type,
    ...(generation !== undefined && { observedGeneration: generation }),
    status: "True",
    reason: "TerminationByKubelet",
    message: failure.message,
    lastTransitionTime: (isTold && held.lastTransitionTime) || apiTime(now),
  }];
}

/** What ends a pod is told once nothing of it runs any more: who waits for the end takes what it held. */
function phaseNow(
  record: PodRecord,
  statuses: Pick<PhaseInput, "initStatuses" | "statuses">,
): PodPhase {
  const { ended, failure, lastStatus, containers } = record;
  const phase = failure ? "Failed" : podPhase(phaseInput(record, statuses));
  const runs = containers.some(({ state }) => state === "running");
  const isEarly = !ended && (failure || runs) && isFinal({ phase });
  return isEarly ? lastStatus?.phase ?? "Pending" : phase;
}

/** A container that never ran only looks as if it had ended. */
function asBeforeTheEnd(status: ContainerStatus): ContainerStatus {
  const { containerID, state } = status;
  return containerID === undefined && state?.terminated
    ? { ...status, state: { waiting: {} } }
    : status;
}

function phaseInput(
  record: PodRecord,
  statuses: Pick<PhaseInput, "initStatuses" | "statuses">,
): PhaseInput {
  return {
    spec: record.pod.spec,
    ...statuses,
    ended: record.ended,
    initialized: isInitialized(record),
    isStatic: isStaticPod(record.pod),
  };
}

/** Of a pod that the node never took there is nothing to tell but why. */
function rejected(
  { pod, failure, lastStatus, startTime }: PodRecord,
): PodStatus {
  const { generation } = pod.metadata;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    phase: "Failed",
    conditions: pod.status?.conditions ?? [],
    reason: failure!.reason,
    message: failure!.message,
    startTime: lastStatus?.startTime ?? apiTime(startTime),
    ...(pod.status?.qosClass && { qosClass: pod.status.qosClass }),
  };
}

/** Whether the phase is one that a pod never leaves. */
export function isFinal(
  status: PodStatus | undefined,
): status is PodStatus & { phase: "Succeeded" | "Failed" } {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

function addresses(
  record: PodRecord,
  context: StatusContext,
): readonly string[] {
  if (record.pod.spec.hostNetwork) return context.hostIPs;
  const now = record.sandbox?.ips ?? [];
  if (now.length > 0) return now;
  // An ended pod keeps the address that it had.
  return record.isEnding || isFinal(record.lastStatus)
    ? (record.lastStatus?.podIPs ?? []).map(({ ip }) => ip)
    : [];
}

/**
 * How the status tells of ends, also of those that the runtime does not know.
 *
 * @module
 */
import type {
  ContainerState,
  ContainerStateTerminated,
} from "../../../src/api/core/container_status.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import {
  containerId,
  type ContainerStatus as Attempt,
} from "../../runtime/runtime.ts";
import { UNKNOWN_EXIT_CODE } from "../former_run.ts";
import type { PodRecord } from "../pod_record.ts";

/** Longest last words of all containers of a pod together, in bytes; kubelet's. */
const POD_MESSAGE_BYTES = 12 * 1024;

/** RFC 3339 with seconds, as metav1.Time prints. */
export function apiTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The end of a run that the runtime has lost, in kubelet's words. */
export function unknownEnd(
  when: "running" | "terminated",
): ContainerStateTerminated {
  return {
    exitCode: UNKNOWN_EXIT_CODE,
    reason: "ContainerStatusUnknown",
    message: when === "terminated"
      ? "The container could not be located when the pod was terminated"
      : "The container could not be located when the pod was deleted.  The container used to be Running",
  };
}

/** What a container shows that does not exist yet. */
export function defaultWaiting({ pod }: { pod: Pod }): { reason: string } {
  const hasInit = (pod.spec.initContainers ?? []).length > 0;
  return { reason: hasInit ? "PodInitializing" : "ContainerCreating" };
}

/** An attempt's state. */
export function stateOf(record: PodRecord, attempt: Attempt): ContainerState {
  switch (attempt.state) {
    case "created":
      return { waiting: { ...defaultWaiting(record) } };
    case "running":
      return {
        running: { startedAt: apiTime(attempt.startedAt ?? attempt.createdAt) },
      };
    case "exited":
    case "unknown":
      return { terminated: endOf(record, attempt) };
  }
}

function endOf(record: PodRecord, attempt: Attempt): ContainerStateTerminated {
  const times = {
    startedAt: apiTime(attempt.startedAt ?? attempt.createdAt),
    finishedAt: apiTime(attempt.finishedAt ?? attempt.createdAt),
    containerID: containerId(record.runtime, attempt),
  };
  if (attempt.state === "unknown" && attempt.exitCode === undefined) {
    return { ...unknownEnd("terminated"), ...times };
  }
  const exitCode = attempt.exitCode ?? 255;
  const words = record.message(attempt.id);
  const said = words === undefined
    ? formerMessage(record, { name: attempt.name, id: times.containerID }) ??
      attempt.message
    : [attempt.message, words].filter(Boolean).join(": ");
  return {
    exitCode,
    reason: attempt.reason ?? (exitCode === 0 ? "Completed" : "Error"),
    ...(said && { message: shortened(record.pod, said) }),
    ...times,
  };
}

/** What an agent before us told of the same end: ours has not asked yet. */
function formerMessage(
  record: PodRecord,
  { name, id }: { name: string; id: string },
): string | undefined {
  const { state, lastState } = record.formerStatus(name) ?? {};
  return [state?.terminated, lastState?.terminated]
    .find((end) => end?.containerID === id)?.message;
}

/** Each container gets its part of what a pod may say. */
function shortened({ spec }: Pod, message: string): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  const count = containers.length + initContainers.length +
    ephemeralContainers.length;
  const bytes = new TextEncoder().encode(message);
  const limit = Math.floor(POD_MESSAGE_BYTES / count);
  if (bytes.length <= limit) return message;
  // A character that is cut in two is left out.
  return new TextDecoder().decode(bytes.subarray(0, limit), { stream: true });
}

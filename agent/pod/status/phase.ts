/**
 * `status.phase` of a pod.
 *
 * @module
 */
import type { ContainerStatus } from "../../../src/api/core/container_status.ts";
import type { PodSpec } from "../../../src/api/core/pod_spec.ts";
import type { PodPhase } from "../../../src/api/core/pod_status.ts";

/** What the phase is computed from. */
export interface PhaseInput {
  readonly spec: PodSpec;
  readonly initStatuses: readonly ContainerStatus[];
  readonly statuses: readonly ContainerStatus[];
  /** Whether no container of the pod will run again. */
  readonly ended: boolean;
}

/**
 * The phase that kubelet gives to a pod.
 *
 * @see {@link https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase}
 */
export function podPhase(input: PhaseInput): PodPhase {
  const { spec, statuses, ended } = input;
  const policy = spec.restartPolicy ?? "Always";
  const init = initProgress(input);
  if (init.failed && policy === "Never") return "Failed";
  const count = { running: 0, waiting: 0, stopped: 0, succeeded: 0 };
  for (const { state, lastState } of statuses) {
    if (state?.running) count.running++;
    else if (state?.terminated) {
      count.stopped++;
      if (state.terminated.exitCode === 0) count.succeeded++;
    } else if (lastState?.terminated) count.stopped++;
    else count.waiting++;
  }
  const anyStarted = count.running + count.stopped > 0;
  if (ended && count.running === 0) {
    const clean = count.stopped > 0 && count.succeeded === statuses.length;
    return clean && !init.failed ? "Succeeded" : "Failed";
  }
  if (init.pending && !anyStarted) return "Pending";
  if (count.waiting > 0) return "Pending";
  if (count.running > 0) return "Running";
  if (policy === "Always") return "Running";
  if (count.stopped === count.succeeded) return "Succeeded";
  return policy === "Never" ? "Failed" : "Running";
}

function initProgress(
  { spec, initStatuses }: PhaseInput,
): { pending: boolean; failed: boolean } {
  const progress = { pending: false, failed: false };
  for (const container of spec.initContainers ?? []) {
    const status = initStatuses.find(({ name }) => name === container.name);
    if (container.restartPolicy === "Always") {
      // A sidecar is through its part of the start once it counts as started.
      if (!status?.started) progress.pending = true;
      continue;
    }
    const end = status?.state?.terminated ?? status?.lastState?.terminated;
    if (status?.state?.running || !end) progress.pending = true;
    else if (end.exitCode !== 0) progress.failed = true;
  }
  return progress;
}

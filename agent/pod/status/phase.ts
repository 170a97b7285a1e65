/**
 * `status.phase` of a pod.
 *
 * @module
 */
import type { Container } from "../../../src/api/core/container.ts";
import type {
  ContainerStateTerminated,
  ContainerStatus,
} from "../../../src/api/core/container_status.ts";
import type { PodSpec } from "../../../src/api/core/pod_spec.ts";
import type { PodPhase } from "../../../src/api/core/pod_status.ts";
import { restartsAfter } from "../../../src/api/core/container_restart.ts";
import { RESTARTING_ALL } from "../former_run.ts";

/** What the phase is computed from. */
export interface PhaseInput {
  readonly spec: PodSpec;
  readonly initStatuses: readonly ContainerStatus[];
  readonly statuses: readonly ContainerStatus[];
  /** Whether no container of the pod will run again. */
  readonly ended: boolean;
  /** Whether a main container exists in the present sandbox: then its init containers are through. */
  readonly initialized: boolean;
  /** A static pod that is taken off the node has not failed. */
  readonly isStatic?: boolean;
}

/**
 * The phase that kubelet gives to a pod.
 *
 * @see {@link https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase}
 */
export function podPhase(input: PhaseInput): PodPhase {
  const phase = phaseByContainers(input);
  const isFinal = phase === "Succeeded" || phase === "Failed";
  // Whatever it was doing: what is taken off the node unfinished has failed.
  return input.ended && !input.isStatic && !isFinal ? "Failed" : phase;
}

/** The phase as containers have it, also of a pod that was ended unfinished; its conditions go by this one. */
export function phaseByContainers(input: PhaseInput): PodPhase {
  const { spec, initStatuses, statuses, ended, initialized } = input;
  const init = initProgress(input);
  if (init.failed) return "Failed";
  const sidecars = sidecarCounts(spec, initStatuses);
  const count = { ...sidecars, stopped: 0, over: 0, succeeded: 0 };
  for (const status of statuses) {
    const container = spec.containers.find(({ name }) => name === status.name);
    const { running, terminated } = status.state ?? {};
    const end = terminated ?? status.lastState?.terminated;
    if (running) count.running++;
    else if (container && end) {
      count.stopped++;
      if (!mayRestart(spec, container, end)) count.over++;
      if (terminated?.exitCode === 0) count.succeeded++;
    } else count.waiting++;
  }
  if (init.pending || (count.pending > 0 && !initialized)) return "Pending";
  if (count.waiting > 0) return "Pending";
  if (count.running > 0) return "Running";
  if (count.stopped === 0) return "Pending";
  const outcome = count.stopped === count.succeeded ? "Succeeded" : "Failed";
  if (ended && !input.isStatic) return outcome;
  return count.stopped === count.over ? outcome : "Running";
}

/** Sidecars count while they run; one that has ended does not decide anything. */
function sidecarCounts(
  { initContainers = [] }: PodSpec,
  statuses: readonly ContainerStatus[],
): { running: number; waiting: number; pending: number } {
  const count = { running: 0, waiting: 0, pending: 0 };
  for (const { name, restartPolicy } of initContainers) {
    if (restartPolicy !== "Always") continue;
    const status = statuses.find((one) => one.name === name);
    const { running, terminated } = status?.state ?? {};
    if (running) {
      count.running++;
      if (!status?.started) count.pending++;
    } else if (!terminated && !status?.lastState?.terminated) {
      count.pending++;
      count.waiting++;
    }
  }
  return count;
}

function initProgress(
  { spec, initStatuses }: PhaseInput,
): { pending: boolean; failed: boolean } {
  const progress = { pending: false, failed: false };
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === "Always") continue;
    const status = initStatuses.find(({ name }) => name === container.name);
    const end = status?.state?.terminated ?? status?.lastState?.terminated;
    if (status?.state?.running || !end) progress.pending = true;
    else if (end.exitCode !== 0 && !mayRestart(spec, container, end)) {
      progress.failed = true;
    }
  }
  return progress;
}

function mayRestart(
  spec: PodSpec,
  container: Container,
  end: ContainerStateTerminated,
): boolean {
  return end.reason === RESTARTING_ALL ||
    restartsAfter(spec, container, end.exitCode);
}

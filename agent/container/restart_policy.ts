/**
 * Whether a container that ended starts again.
 *
 * @module
 */
import {
  type PolicyHolder,
  restartsAfter,
} from "../../src/api/core/container_restart.ts";
import type { PodSpec } from "../../src/api/core/pod_spec.ts";

/** What a container is within its pod. */
export type ContainerRole =
  /** Runs once, before the others. */
  | "init"
  /** An init container with `restartPolicy: Always`: starts in order, then runs beside the others. */
  | "sidecar"
  | "main"
  /** Put into the running pod to look around; runs once and counts for nothing. */
  | "ephemeral";

/**
 * Whether a container starts again after ending with `exitCode`: the first of its own rules that fits decides, then its own policy, then the pod's.
 *
 * @see {@link https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-restart-rules}
 */
export function restarts(
  spec: Pick<PodSpec, "restartPolicy">,
  ended: {
    readonly container: PolicyHolder;
    readonly role: ContainerRole;
    readonly exitCode: number;
  },
): boolean {
  const { container, role, exitCode } = ended;
  if (role === "ephemeral") return false;
  if (role === "sidecar") return true;
  if (role === "init" && exitCode === 0) return false;
  return restartsAfter(spec, container, exitCode);
}

/** Whether a container that a probe has killed, whatever it ends with, is meant to run again: its rules count only for its own ends. */
export function restartsAfterKill(
  spec: Pick<PodSpec, "restartPolicy">,
  container: PolicyHolder,
): boolean {
  return (container.restartPolicy ?? spec.restartPolicy) !== "Never";
}

/**
 * Whether a container that ended starts again.
 *
 * @module
 */
import type {
  Container,
  ContainerRestartRule,
} from "../../src/api/core/container.ts";
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

/** What restart policies of containers are read from. */
type PolicyHolder = Pick<Container, "restartPolicy" | "restartPolicyRules">;

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

/** As {@linkcode restarts}, but of a container of which only its definition counts: whether this end may be followed by another run. */
export function restartsAfter(
  spec: Pick<PodSpec, "restartPolicy">,
  container: PolicyHolder,
  exitCode: number,
): boolean {
  if (container.restartPolicy !== undefined) {
    const action = matchingRule(container, exitCode)?.action;
    if (action === "Restart" || action === "RestartAllContainers") return true;
  }
  switch (container.restartPolicy ?? spec.restartPolicy ?? "Always") {
    case "OnFailure":
      return exitCode !== 0;
    case "Never":
      return false;
    default:
      return true;
  }
}

/** Whether a container that a probe has killed, whatever it ends with, is meant to run again: its rules count only for its own ends. */
export function restartsAfterKill(
  spec: Pick<PodSpec, "restartPolicy">,
  container: PolicyHolder,
): boolean {
  return (container.restartPolicy ?? spec.restartPolicy) !== "Never";
}

/** Whether this end restarts the whole pod in its place. */
export function restartsAll(
  container: PolicyHolder,
  exitCode: number,
): boolean {
  return matchingRule(container, exitCode)?.action === "RestartAllContainers";
}

/** Whether some end of some container could restart the whole pod. */
export function couldRestartAll(
  { initContainers = [], containers }: Pick<
    PodSpec,
    "initContainers" | "containers"
  >,
): boolean {
  return [...initContainers, ...containers].some((container) =>
    container.restartPolicyRules?.some(({ action }) =>
      action === "RestartAllContainers"
    )
  );
}

/** The first rule that fits. */
function matchingRule(
  { restartPolicyRules = [] }: PolicyHolder,
  exitCode: number,
): ContainerRestartRule | undefined {
  return restartPolicyRules.find(({ exitCodes }) => {
    const named = exitCodes?.values?.includes(exitCode) ?? false;
    if (exitCodes?.operator === "In") return named;
    return exitCodes?.operator === "NotIn" && !named;
  });
}

/**
 * Which end of a container may be followed by another run: its own rules, its own policy, the Pod's policy.
 *
 * @module
 */
import type { Container, ContainerRestartRule } from "./container.ts";
import type { PodSpec } from "./pod_spec.ts";

/** What restart policies of containers are read from. */
export type PolicyHolder = Pick<
  Container,
  "restartPolicy" | "restartPolicyRules"
>;

/**
 * Whether a container may run again after ending with `exitCode`: the first of its own rules that fits decides, then its own policy, then the Pod's.
 *
 * @see {@link https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-restart-rules}
 */
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

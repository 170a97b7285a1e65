/**
 * Whether a container that ended starts again.
 *
 * @module
 */

/** What a container is within its pod. */
export type ContainerRole =
  /** Runs once, before the others. */
  | "init"
  /** An init container with `restartPolicy: Always`: starts in order, then runs beside the others. */
  | "sidecar"
  | "main"
  /** Put into the running pod to look around; runs once and counts for nothing. */
  | "ephemeral";

/** The pod's `spec.restartPolicy`. */
export type RestartPolicy = "Always" | "OnFailure" | "Never";

/**
 * Whether it starts again after ending with `exitCode`.
 *
 * @see {@link https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#detailed-behavior}
 */
export function restarts(
  policy: RestartPolicy,
  ended: { role: ContainerRole; exitCode: number },
): boolean {
  if (ended.role === "ephemeral") return false;
  if (ended.role === "sidecar") return true;
  if (ended.role === "init") return ended.exitCode !== 0 && policy !== "Never";
  switch (policy) {
    case "Always":
      return true;
    case "OnFailure":
      return ended.exitCode !== 0;
    case "Never":
      return false;
  }
}

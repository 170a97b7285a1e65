/**
 * Runs of containers of which only the pod's status tells.
 *
 * @module
 */
import type { ContainerStatus } from "../../src/api/core/container_status.ts";
import type { PodStatus } from "../../src/api/core/pod_status.ts";
import type { FormerRun } from "../container/pod_face.ts";

/** Exit code of a run whose end nobody saw; kubelet's. */
export const UNKNOWN_EXIT_CODE = 137;

/** Reason of the end of a container that ended for the restart of its whole pod; kubelet's. */
export const RESTARTING_ALL = "RestartingAllContainers";

/** What a pod's status says of one of its containers. */
export function formerStatus(
  status: PodStatus | undefined,
  name: string,
): ContainerStatus | undefined {
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    ephemeralContainerStatuses = [],
  } = status ?? {};
  const isIt = (one: ContainerStatus) => one.name === name;
  return containerStatuses.find(isIt) ?? initContainerStatuses.find(isIt) ??
    ephemeralContainerStatuses.find(isIt);
}

/** The last run of a container by its status; undefined when it never ran. */
export function formerRun(
  status: ContainerStatus | undefined,
): FormerRun | undefined {
  if (!status) return undefined;
  const { restartCount, state, lastState } = status;
  const isLost = state?.running || state?.terminated;
  const nextAttempt = restartCount + (isLost ? 1 : 0);
  if (state?.running) return { exitCode: UNKNOWN_EXIT_CODE, nextAttempt };
  const end = state?.terminated ?? lastState?.terminated;
  if (!end) return undefined;
  // It was removed to run anew.
  if (end.reason === RESTARTING_ALL) return { nextAttempt };
  return { exitCode: end.exitCode, nextAttempt };
}

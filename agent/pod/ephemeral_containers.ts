/**
 * Containers that are put into a running pod to look around (`kubectl debug`).
 *
 * Each runs once: what has run is not started again, not even in a new sandbox or when nothing is left of its run but the pod's status.
 *
 * @module
 */
import type { ContainerStatus } from "../../src/api/core/container_status.ts";
import type { PodRecord } from "./pod_record.ts";
import type { PodWork } from "./pod_work.ts";

/** Lets the pod's ephemeral containers run, also before its init containers are through. */
export function startEphemeral({ record, group }: PodWork): void {
  for (const { name } of record.pod.spec.ephemeralContainers ?? []) {
    const hasRun = record.attempts(name).length === 0 &&
      formerRun(record, name) !== undefined;
    if (!hasRun) group.start(name, "ephemeral");
  }
}

/** What the status says of a run of which the runtime knows nothing any more. */
export function formerRun(
  { lastStatus, pod }: PodRecord,
  name: string,
): ContainerStatus | undefined {
  const { ephemeralContainerStatuses = [] } = lastStatus ?? pod.status ?? {};
  const status = ephemeralContainerStatuses.find((one) => one.name === name);
  const { state, containerID } = status ?? {};
  if (!status || !containerID) return undefined;
  if (state?.terminated) return status;
  // Created and never started: nothing has run.
  if (!state?.running) return undefined;
  const { startedAt } = state.running;
  return {
    ...status,
    state: {
      terminated: {
        exitCode: 137,
        reason: "ContainerStatusUnknown",
        message:
          "The container could not be located when the pod was terminated",
        ...(startedAt !== undefined && { startedAt }),
        containerID,
      },
    },
  };
}

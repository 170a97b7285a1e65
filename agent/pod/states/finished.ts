import { stopContainers } from "../stop_containers.ts";
import { stopSandboxes } from "../stop_sandboxes.ts";
import type { NextPodState } from "../pod_states.ts";
import type { PodWork } from "../pod_work.ts";
import { wasInitialized } from "../status/container_statuses.ts";

/** Stops what still runs (sidecars; everything when the pod failed as a whole) and the sandbox, then waits for the delete. */
export async function finished(
  work: PodWork,
): Promise<NextPodState<"finished">> {
  const { record, services, signal } = work;
  await record.refresh();
  record.setEnding({ initialized: wasInitialized(record) });
  await stopContainers(work);
  await stopSandboxes(work);
  record.setEnded();
  await services.saveFinalStatus(record);
  await services.cgroups?.remove(record.uid);
  // As kubelet: whoever looks at a pod that has ended finds its logs, not its volumes.
  await services.volumes.release?.(record.uid);
  record.setReleased();
  await record.refresh();
  for (;;) await record.bell.after(record.bell.rings, signal);
}

import { stopContainers } from "../stop_containers.ts";
import { stopSandboxes } from "../stop_sandboxes.ts";
import type { NextPodState } from "../pod_states.ts";
import type { PodWork } from "../pod_work.ts";
import { wasInitialized } from "../status/container_statuses.ts";

/** Ends the containers gracefully and keeps the final status. */
export async function stopping(
  work: PodWork,
): Promise<NextPodState<"stopping">> {
  const { record, services } = work;
  await record.refresh();
  record.setEnding({ initialized: wasInitialized(record) });
  await stopContainers(work);
  await stopSandboxes(work);
  record.setEnded();
  await services.saveFinalStatus(record);
  return "cleaning";
}

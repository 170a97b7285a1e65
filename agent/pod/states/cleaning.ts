import type { NextPodState } from "../pod_states.ts";
import type { PodWork } from "../pod_work.ts";

/** Takes everything of the pod off the node. */
export async function cleaning(
  work: PodWork,
): Promise<NextPodState<"cleaning">> {
  const { record, services } = work;
  const { runtime } = services.containers;
  for (const { id } of record.sandboxes) {
    await runtime.stopSandbox(id);
    await runtime.removeSandbox(id);
  }
  await services.cgroups?.remove(record.uid);
  await services.volumes.remove(record.uid);
  record.setReleased();
  return "deleting";
}

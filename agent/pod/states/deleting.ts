import type { NextPodState } from "../pod_states.ts";
import type { PodWork } from "../pod_work.ts";

/** Tells the API that nothing of the pod is left: last status, then DELETE with grace 0 for this very object. */
export async function deleting(
  work: PodWork,
): Promise<NextPodState<"deleting">> {
  await work.services.finish(work.record, work.agent);
  return "gone";
}

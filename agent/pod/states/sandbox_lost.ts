import type { PodWork } from "../pod_work.ts";

/** Whether the pod has to go back for a sandbox: it is gone, or a worker could not go on. */
export function sandboxIsLost(work: PodWork): boolean {
  return work.record.sandbox === undefined || work.group.failed;
}

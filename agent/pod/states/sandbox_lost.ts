import type { PodWork } from "../pod_work.ts";
import { mustRestartAll } from "../restart_all_wish.ts";

/** Whether the pod has to go back for a sandbox: it is gone, a worker could not go on, or the pod is to begin anew in it. */
export function sandboxIsLost({ record, group }: PodWork): boolean {
  return record.sandbox === undefined || group.failed || mustRestartAll(record);
}

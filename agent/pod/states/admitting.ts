import type { NextPodState } from "../pod_states.ts";
import type { PodWork } from "../pod_work.ts";
import { isFinal } from "../status/pod_status.ts";

/** A pod that has succeeded or failed is never started again, whatever the runtime still knows of it. */
export function admitting(work: PodWork): Promise<NextPodState<"admitting">> {
  return Promise.resolve(
    isFinal(work.record.lastStatus) ? "finished" : "preparing",
  );
}

import type { AdmitResult, Refusal } from "../admission/handler.ts";
import type { NextPodState } from "../pod_states.ts";
import type { PodWork } from "../pod_work.ts";
import { isFinal } from "../status/pod_status.ts";

/** A pod that has succeeded or failed is never started again, whatever the runtime still knows of it; one that is new here has to be taken by the node. */
export async function admitting(
  work: PodWork,
): Promise<NextPodState<"admitting">> {
  const { record, services, signal } = work;
  const { admission } = services;
  if (isFinal(record.lastStatus)) return "finished";
  if (record.isAdmitted) return "preparing";
  // Nothing is waited for up to here: pods that come together see each other in the order in which they came.
  let result: AdmitResult = admission?.admit(record) ?? { admitted: true };
  if (!result.admitted && result.staleNode) {
    await admission!.refreshNode(signal);
    result = admission!.admit(record);
  }
  if (!result.admitted) return reject(work, result);
  record.setAdmitted();
  if (result.preempts) await admission!.preempt(result.preempts, signal);
  return "preparing";
}

function reject(
  { record, services }: PodWork,
  { reason, message }: Refusal,
): "finished" {
  services.containers.events.event(record.pod, {
    type: "Warning",
    reason,
    message,
  });
  record.reject({ reason, message: `Pod was rejected: ${message}` });
  return "finished";
}

import { Stopped } from "../../../src/base/errors.ts";
import { unlessAborted } from "../../container/race.ts";
import type { NextPodState } from "../pod_states.ts";
import type { PodWork } from "../pod_work.ts";

/** First wait, in milliseconds, after volumes could not be made; doubles. */
const FIRST_RETRY_MS = 500;
/** Longest wait, in milliseconds: kubelet's for mounts is 2 min 2 s. */
const LONGEST_RETRY_MS = 122_000;

/** Makes the volumes; tries again until it worked. A change of what they refer to ends the wait. */
export async function preparing(
  work: PodWork,
): Promise<NextPodState<"preparing">> {
  const { record, services, signal } = work;
  const { host, events } = services.containers;
  // It comes first, as with kubelet, and what is waited for here takes longer. Whether it is there, and why not, is asked in the next state.
  services.cgroups?.ensure(record).catch(() => {});
  for (let retryMs = FIRST_RETRY_MS;; retryMs *= 2) {
    const seen = record.references.rings;
    try {
      await unlessAborted(services.volumes.mount(record), signal);
      return "sandboxing";
    } catch (error) {
      signal.throwIfAborted();
      events.event(record.pod, {
        type: "Warning",
        reason: "FailedMount",
        message: error instanceof Error ? error.message : String(error),
      });
    }
    const waiting = new AbortController();
    const either = AbortSignal.any([signal, waiting.signal]);
    try {
      await unlessAborted(
        Promise.race([
          host.clock.sleep(Math.min(retryMs, LONGEST_RETRY_MS), either),
          record.references.after(seen, either),
        ]),
        signal,
      );
    } finally {
      waiting.abort(new Stopped("The wait is over"));
    }
  }
}

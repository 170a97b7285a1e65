import { Stopped } from "../../../src/base/errors.ts";
import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";
import { podInMessages } from "../pod_events.ts";
import { unlessAborted } from "../race.ts";
import { goDuration } from "../restart_backoff.ts";

/** CrashLoopBackOff: waits until the back-off of the last end is over, or the pod's update gave the container another image. */
export async function waiting(
  work: ContainerWork,
): Promise<NextContainerState<"waiting">> {
  const { clock } = work.services.host;
  const { pod, name, backoffKey } = work;
  const ended = work.latest;
  if (!ended) return "pulling"; // somebody removed its remains
  const endedAt = ended.finishedAt ?? ended.createdAt;
  const backoff = pod.backoff(backoffKey);
  const delayMs = backoff.delayMs(endedAt);
  const names = podInMessages(pod.pod);
  pod.setWaiting(name, {
    reason: "CrashLoopBackOff",
    message: `back-off ${
      goDuration(delayMs)
    } restarting failed container=${name} pod=${names}`,
  });
  work.event("Warning", {
    reason: "BackOff",
    message: `Back-off restarting failed container ${name} in pod ${names}`,
  });
  const leftMs = backoff.leftMs(clock.now(), endedAt);
  const over = new AbortController();
  const signal = AbortSignal.any([work.signal, over.signal]);
  try {
    await unlessAborted(
      Promise.race([
        clock.sleep(leftMs, signal),
        untilRedefined(work, { backoffKey, signal }),
      ]),
      work.signal,
    );
  } finally {
    over.abort(new Stopped("The wait is over"));
  }
  pod.backoff(work.backoffKey).restarted(clock.now(), endedAt);
  return "pulling";
}

async function untilRedefined(
  work: ContainerWork,
  { backoffKey, signal }: { backoffKey: string; signal: AbortSignal },
): Promise<void> {
  const { references } = work.pod;
  for (;;) {
    const seen = references.rings;
    if (work.backoffKey !== backoffKey) return;
    await references.after(seen, signal);
  }
}

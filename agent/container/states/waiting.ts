import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";
import { podInMessages } from "../pod_events.ts";
import { goDuration } from "../restart_backoff.ts";

/** CrashLoopBackOff: waits until the back-off of the last end is over. */
export async function waiting(
  work: ContainerWork,
): Promise<NextContainerState<"waiting">> {
  const { clock } = work.services.host;
  const { pod, name } = work;
  const ended = work.latest!;
  const endedAt = ended.finishedAt ?? ended.createdAt;
  const backoff = pod.backoff(name);
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
  await clock.sleep(backoff.leftMs(clock.now(), endedAt), work.signal);
  backoff.restarted(clock.now(), endedAt);
  return "pulling";
}

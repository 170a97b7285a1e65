import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";
import { restarts } from "../restart_policy.ts";

/** Decides what follows an end. */
export function exited(
  work: ContainerWork,
): Promise<NextContainerState<"exited">> {
  const { pod } = work;
  const ended = work.latest;
  const forced = work.killWish?.restart ?? false;
  work.killWish = undefined;
  pod.setProbes(work.name, undefined);
  if (!ended) return Promise.resolve("pulling");
  // A code that the runtime does not know is a failure.
  const exitCode = ended.exitCode ?? 255;
  const policy = pod.pod.spec.restartPolicy ?? "Always";
  if (!forced && !restarts(policy, { role: work.role, exitCode })) {
    return Promise.resolve("done");
  }
  const endedAt = ended.finishedAt ?? ended.createdAt;
  const backoff = pod.backoff(work.name);
  const now = work.services.host.clock.now();
  if (now - endedAt < backoff.delayMs(endedAt)) {
    return Promise.resolve("waiting");
  }
  backoff.restarted(now, endedAt);
  return Promise.resolve("pulling");
}

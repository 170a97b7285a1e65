import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";
import { restartsAll } from "../../../src/api/core/container_restart.ts";
import { restarts } from "../restart_policy.ts";

/** Decides what follows an end. */
export function exited(
  work: ContainerWork,
): Promise<NextContainerState<"exited">> {
  return Promise.resolve(afterEnd(work));
}

function afterEnd(work: ContainerWork): NextContainerState<"exited"> {
  const { pod } = work;
  const ended = work.latest;
  const forced = work.killWish?.restart ?? false;
  work.killWish = undefined;
  work.setTried();
  pod.setProbes(work.name, undefined);
  pod.setStarting(work.name, false);
  // Also one whose remains somebody removed behind our back has had its run. A code that the runtime does not know is a failure.
  const exitCode = ended
    ? ended.exitCode ?? 255
    : pod.formerRun(work.name)?.exitCode ?? 255;
  const { role, spec } = work;
  // The restart of all is the pod's business.
  const isPods = role !== "ephemeral" && restartsAll(spec, exitCode);
  const again = restarts(pod.pod.spec, { container: spec, role, exitCode });
  if (isPods || (!forced && !again)) {
    pod.setWaiting(work.name, undefined);
    return "done";
  }
  if (!ended) return "pulling";
  const endedAt = ended.finishedAt ?? ended.createdAt;
  const backoff = pod.backoff(work.backoffKey);
  const now = work.services.host.clock.now();
  if (backoff.leftMs(now, endedAt) > 0) return "waiting";
  backoff.restarted(now, endedAt);
  return "pulling";
}

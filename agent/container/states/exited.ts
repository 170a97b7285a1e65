import type { ContainerStatus } from "../../runtime/runtime.ts";
import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";
import { terminationMessage, terminationPath } from "../termination_message.ts";
import { restarts } from "../restart_policy.ts";

/** Decides what follows an end. */
export async function exited(
  work: ContainerWork,
): Promise<NextContainerState<"exited">> {
  const { pod } = work;
  const ended = work.latest;
  const forced = work.killWish?.restart ?? false;
  work.killWish = undefined;
  pod.setProbes(work.name, undefined);
  // Also one whose remains somebody removed behind our back has had its only run.
  if (!ended) return work.role === "ephemeral" ? "done" : "pulling";
  await keepMessage(work, ended);
  // A code that the runtime does not know is a failure.
  const exitCode = ended.exitCode ?? 255;
  const policy = pod.pod.spec.restartPolicy ?? "Always";
  if (!forced && !restarts(policy, { role: work.role, exitCode })) {
    return "done";
  }
  const endedAt = ended.finishedAt ?? ended.createdAt;
  const backoff = pod.backoff(work.name);
  const now = work.services.host.clock.now();
  if (backoff.leftMs(now, endedAt) > 0) return "waiting";
  backoff.restarted(now, endedAt);
  return "pulling";
}

async function keepMessage(
  work: ContainerWork,
  ended: ContainerStatus,
): Promise<void> {
  const { services, pod } = work;
  const message = await terminationMessage(services.host, {
    container: work.spec,
    runtime: services.runtime,
    id: ended.id,
    path: terminationPath(services.podFolder(pod), ended),
    exitCode: ended.exitCode ?? 255,
  });
  if (message) pod.setMessage(ended.id, message);
}

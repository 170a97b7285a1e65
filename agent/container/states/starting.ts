import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";
import { showFailure } from "./failed.ts";

/** How many ended attempts stay with the runtime beside the newest: the one that `logs --previous` and `lastState` tell of. */
const KEPT_ATTEMPTS = 1;

/** Has the runtime start what is created. */
export async function starting(
  work: ContainerWork,
): Promise<NextContainerState<"starting">> {
  const { services, pod } = work;
  try {
    const { id } = work.latest!;
    await services.limiter.run(() => services.runtime.startContainer(id));
    await pod.refresh();
  } catch (error) {
    await pod.refresh();
    showFailure(work, { error, reason: "RunContainerError" });
    return "failed";
  }
  work.event("Normal", { reason: "Started", message: "Container started" });
  work.failures = 0;
  pod.setWaiting(work.name, undefined);
  await removeOldAttempts(work);
  return "running";
}

async function removeOldAttempts(work: ContainerWork): Promise<void> {
  for (const old of work.pod.attempts(work.name).slice(1 + KEPT_ATTEMPTS)) {
    if (old.state === "running") continue; // in a lost sandbox, which the pod stops
    await work.services.runtime.removeContainer(old.id);
  }
}

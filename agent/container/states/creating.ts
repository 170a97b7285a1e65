import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";
import { unlessAborted } from "../race.ts";
import { showFailure } from "./failed.ts";

/** Has the runtime create the next attempt. */
export async function creating(
  work: ContainerWork,
): Promise<NextContainerState<"creating">> {
  const { services, pod } = work;
  const attempt = work.nextAttempt;
  try {
    await removeNeverStarted(work);
    // What it refers to may be out of reach for long: the pod's end must not wait for it.
    const config = await unlessAborted(
      services.configure(pod, {
        container: work.spec,
        attempt,
        imageRef: work.imageRef,
      }),
      work.signal,
    );
    const sandbox = {
      id: pod.sandbox!.id,
      config: await services.sandboxConfig(pod),
    };
    await services.limiter.run(() =>
      services.runtime.createContainer(sandbox, config)
    );
    await pod.refresh();
  } catch (error) {
    showFailure(work, { error, reason: "CreateContainerError" });
    return "failed";
  }
  work.event("Normal", { reason: "Created", message: "Container created" });
  return "starting";
}

/** What a lost sandbox or a failed start left behind would block the name of the next attempt. */
async function removeNeverStarted(work: ContainerWork): Promise<void> {
  for (const status of work.pod.attempts(work.name)) {
    if (status.state !== "created") continue;
    await work.services.runtime.removeContainer(status.id);
  }
}

import { messageOf } from "../../../src/base/errors.ts";
import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";
import { commandsOf } from "../commands.ts";
import { runHook } from "../lifecycle_hook.ts";
import { showFailure } from "./failed.ts";

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
    if (work.role === "ephemeral" && work.latest?.state === "exited") {
      pod.setWaiting(work.name, undefined);
      return "exited";
    }
    return "failed";
  }
  work.event("Normal", { reason: "Started", message: "Container started" });
  work.failures = 0;
  pod.setWaiting(work.name, undefined);
  await postStart(work);
  return "running";
}

/** A container whose postStart hook fails is killed; what follows is up to the restart policy. */
async function postStart(work: ContainerWork): Promise<void> {
  const { services, pod, spec } = work;
  const hook = spec.lifecycle?.postStart;
  if (!hook) return;
  const [ip] = pod.sandbox?.ips ?? [];
  try {
    await runHook(services.host, hook, {
      container: spec,
      ...(ip !== undefined && { ip }),
      exec: commandsOf(work, work.latest!.id),
      signal: work.signal,
    });
  } catch (error) {
    work.signal.throwIfAborted();
    services.host.log("warn", "A postStart hook failed", {
      pod: pod.pod.metadata.name,
      container: work.name,
      error: messageOf(error),
    });
    // No more than kubelet says: what a hook prints may be secret.
    work.event("Warning", {
      reason: "FailedPostStartHook",
      message: "PostStartHook failed",
    });
    work.killWish = { message: "FailedPostStartHook" };
  }
}

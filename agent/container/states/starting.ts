import { messageOf, Stopped } from "../../../src/base/errors.ts";
import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";
import { commandsOf } from "../commands.ts";
import { fallbackMessage } from "../kill_container.ts";
import { runHook } from "../lifecycle_hook.ts";
import { unlessAborted } from "../race.ts";
import { showFailure } from "./failed.ts";

/** Has the runtime start what is created. */
export async function starting(
  work: ContainerWork,
): Promise<NextContainerState<"starting">> {
  const { services, pod } = work;
  const hasHook = work.spec.lifecycle?.postStart !== undefined;
  // Before the runtime is asked: nobody may see it run without its hook.
  if (hasHook) pod.setStarting(work.name, true);
  try {
    const { id } = work.latest!;
    await services.limiter.run(() => services.runtime.startContainer(id));
    await pod.refresh();
  } catch (error) {
    pod.setStarting(work.name, false);
    await pod.refresh();
    showFailure(work, { error, reason: "RunContainerError" });
    // To the runtime it is over: an end like any other, and the restart policy's to follow.
    return work.latest?.state === "exited" ? "exited" : "failed";
  }
  work.event("Normal", { reason: "Started", message: "Container started" });
  work.failures = 0;
  if (hasHook) await postStart(work);
  else pod.setWaiting(work.name, undefined);
  return "running";
}

/** A container whose postStart hook fails is killed; what follows is up to the restart policy. */
async function postStart(work: ContainerWork): Promise<void> {
  const { services, pod, spec, name } = work;
  const [ip] = pod.sandbox?.ips ?? [];
  const { id } = work.latest!;
  const over = new AbortController();
  const ended = untilEnded(work, { id, signal: over.signal });
  try {
    const hook = runHook(services.host, spec.lifecycle!.postStart!, {
      pod: pod.pod,
      container: spec,
      ...(ip !== undefined && { ip }),
      exec: commandsOf(work, id),
      signal: AbortSignal.any([work.signal, over.signal]),
      onFallback: (at) =>
        work.event("Warning", {
          reason: "LifecycleHTTPFallback",
          message: fallbackMessage(at),
        }),
    });
    hook.catch(() => {}); // when the container ends first
    await unlessAborted(Promise.race([hook, ended]), work.signal);
    pod.setWaiting(name, undefined);
    pod.setStarting(name, false);
  } catch (error) {
    work.signal.throwIfAborted();
    const message = messageOf(error);
    services.host.log("warn", "A postStart hook failed", {
      pod: pod.pod.metadata.name,
      container: name,
      error: message,
    });
    // No more than kubelet says: what a hook prints may be secret.
    work.event("Warning", {
      reason: "FailedPostStartHook",
      message: "PostStartHook failed",
    });
    pod.setWaiting(name, { reason: "PostStartHookError", message });
    work.killWish = { message: "FailedPostStartHook" };
  } finally {
    over.abort(new Stopped("The hook is over"));
  }
}

/** A hook of a container that has ended is waited for no longer. */
async function untilEnded(
  { pod, name }: ContainerWork,
  { id, signal }: { id: string; signal: AbortSignal },
): Promise<void> {
  try {
    for (;;) {
      const seen = pod.bell.rings;
      const now = pod.attempts(name).find((attempt) => attempt.id === id);
      if (now?.state !== "running") return;
      await pod.bell.after(seen, signal);
    }
  } catch {
    // The hook was quicker.
  }
}

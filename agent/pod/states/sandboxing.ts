import { messageOf } from "../../../src/base/errors.ts";
import type { NextPodState } from "../pod_states.ts";
import type { PodRecord } from "../pod_record.ts";
import type { PodWork } from "../pod_work.ts";
import { restartAll } from "../restart_all.ts";
import { mustRestartAll } from "../restart_all_wish.ts";
import { stopContainers } from "../stop_containers.ts";

/** First wait, in milliseconds, after a sandbox could not be made; doubles. */
const FIRST_RETRY_MS = 1_000;
/** Longest wait, in milliseconds. */
const LONGEST_RETRY_MS = 60_000;

/** Finds the pod's sandbox or makes one. Older ones are stopped first: two never run beside each other. */
export async function sandboxing(
  work: PodWork,
): Promise<NextPodState<"sandboxing">> {
  const { record, services, signal } = work;
  const { host, events, runtime, limiter } = services.containers;
  await record.refresh();
  for (let retryMs = FIRST_RETRY_MS;; retryMs *= 2) {
    signal.throwIfAborted();
    try {
      await services.cgroups?.ensure(record);
    } catch (error) {
      events.event(record.pod, {
        type: "Warning",
        reason: "FailedToCreatePodContainer",
        message: `unable to ensure pod container exists: ${messageOf(error)}`,
      });
    }
    try {
      await stopOthers(work);
      if (mustRestartAll(record)) await restartAll(work);
      // An agent before us came to its end: what asked for it goes last, and what is there now is new.
      else if (record.isRestartingAll) record.setRestartingAll(false);
      if (record.sandbox) return "initializing";
      if (isOver(record)) return "finished";
      const config = await services.containers.sandboxConfig(record, {
        tell: true,
      });
      record.addSandbox(await limiter.run(() => runtime.runSandbox(config)));
      return "initializing";
    } catch (error) {
      signal.throwIfAborted();
      const message = error instanceof Error ? error.message : String(error);
      events.event(record.pod, {
        type: "Warning",
        reason: "FailedCreatePodSandBox",
        message: `Failed to create pod sandbox: ${message}`,
      });
    }
    await host.clock.sleep(Math.min(retryMs, LONGEST_RETRY_MS), signal);
    await record.refresh();
  }
}

/** Stops all sandboxes but the newest ready one, and removes those of which nothing is needed any more. */
async function stopOthers(work: PodWork): Promise<void> {
  const { record, services } = work;
  const { runtime, events } = services.containers;
  const lost = record.sandboxes.filter((sandbox) =>
    sandbox.id !== record.sandbox?.id
  );
  if (lost.length === 0) return;
  if (!record.sandbox) {
    events.event(record.pod, {
      type: "Normal",
      reason: "SandboxChanged",
      message: "Pod sandbox changed, it will be killed and re-created.",
    });
  }
  // What still runs in it ends as at any other end.
  if (!record.sandbox) await stopContainers(work);
  // The newest lost one keeps its containers' ends until the new ones have run: lastState and restart counts come from there.
  const [keep, ...rest] = lost;
  await runtime.stopSandbox(keep!.id);
  for (const { id } of rest) {
    await runtime.stopSandbox(id);
    await runtime.removeSandbox(id);
  }
  await record.refresh();
}

/** Whether nothing of this pod would run again in a new sandbox. */
function isOver(record: PodRecord): boolean {
  const { restartPolicy = "Always", containers } = record.pod.spec;
  if (record.containers.length === 0) return false;
  // As kubelet: a pod that must not restart gets no second sandbox once anything of it ran.
  if (restartPolicy === "Never") return true;
  return containers.every((container) =>
    (container.restartPolicy ?? restartPolicy) === "OnFailure" &&
    record.attempts(container.name)[0]?.exitCode === 0
  );
}

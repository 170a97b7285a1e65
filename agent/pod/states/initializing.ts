import { isInitialized, roleOf } from "../status/container_statuses.ts";
import type { NextPodState } from "../pod_states.ts";
import type { PodWork } from "../pod_work.ts";
import { startEphemeral } from "../ephemeral_containers.ts";
import { sandboxIsLost } from "./sandbox_lost.ts";

/**
 * Runs the init containers one after the other; a sidecar only has to start before the next comes. Where main containers are already there all that has
 * been: only sidecars are kept running.
 */
export async function initializing(
  work: PodWork,
): Promise<NextPodState<"initializing">> {
  const { record, group, signal } = work;
  const { initContainers = [] } = record.pod.spec;
  if (isInitialized(record)) {
    for (const { name, restartPolicy } of initContainers) {
      if (restartPolicy === "Always") group.start(name, "sidecar");
    }
    return "running";
  }
  for (const container of initContainers) {
    const { name } = container;
    const role = roleOf(container, "initContainers");
    group.start(name, role);
    for (;;) {
      const seen = record.bell.rings;
      if (record.failure) return "finished";
      if (sandboxIsLost(work)) return "sandboxing";
      if (role === "sidecar") {
        if (record.probes(name)?.started) break;
      } else if (group.isDone(name)) {
        if (record.attempts(name)[0]?.exitCode !== 0) return "finished";
        break;
      }
      startEphemeral(work);
      await record.bell.after(seen, signal);
    }
  }
  return "running";
}

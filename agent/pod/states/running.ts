import type { NextPodState } from "../pod_states.ts";
import type { PodWork } from "../pod_work.ts";
import { startEphemeral } from "../ephemeral_containers.ts";
import { mustRestartAll } from "../restart_all.ts";
import { sandboxIsLost } from "./sandbox_lost.ts";

/** Runs the containers until all have ended for good. As in kubelet they start one after the other: a postStart hook holds those that follow. */
export async function running(
  work: PodWork,
): Promise<NextPodState<"running">> {
  const { record, group, signal } = work;
  const names = record.pod.spec.containers.map(({ name }) => name);
  for (let started = 0;;) {
    const seen = record.bell.rings;
    if (record.failure) return "finished";
    const next = names[started];
    if (next && (started === 0 || group.isTried(names[started - 1]!))) {
      group.start(next, "main");
      started++;
      continue;
    }
    if (mustRestartAll(record)) return "sandboxing";
    if (names.every((name) => group.isDone(name))) return "finished";
    if (sandboxIsLost(work)) return "sandboxing";
    startEphemeral(work);
    await record.bell.after(seen, signal);
  }
}

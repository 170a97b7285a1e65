import type { NextPodState } from "../pod_states.ts";
import type { PodWork } from "../pod_work.ts";
import { startEphemeral } from "../ephemeral_containers.ts";
import { mustRestartAll } from "../restart_all_wish.ts";
import { sandboxIsLost } from "./sandbox_lost.ts";

/** Runs the containers until all have ended for good. As in kubelet they start one after the other: a postStart hook holds those that follow. */
export async function running(
  work: PodWork,
): Promise<NextPodState<"running">> {
  const { record, group, signal } = work;
  const names = record.pod.spec.containers.map(({ name }) => name);
  // What is there already, from before the agent's restart, waits for nobody.
  const there = new Set(record.sandbox?.containers.map(({ name }) => name));
  for (const name of names) if (there.has(name)) group.start(name, "main");
  const missing = names.filter((name) => !there.has(name));
  for (let started = 0;;) {
    const seen = record.bell.rings;
    if (record.failure) return "finished";
    const next = missing[started];
    if (next && (started === 0 || group.isTried(missing[started - 1]!))) {
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

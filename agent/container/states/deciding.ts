import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";

/** Finds out from the runtime how far this container is. Nothing is changed here. */
export function deciding(
  work: ContainerWork,
): Promise<NextContainerState<"deciding">> {
  const { latest } = work;
  const here = latest?.sandboxId === work.pod.sandbox?.id;
  if (!latest) {
    // Nothing is left of its last run: whether another may follow is asked as after any other.
    const hasRun = work.role === "main" &&
      work.pod.formerRun(work.name)?.exitCode !== undefined;
    return Promise.resolve(hasRun ? "exited" : "pulling");
  }
  if (latest.state === "created") {
    // In a lost sandbox it will never start.
    return Promise.resolve(here ? "starting" : "pulling");
  }
  if (latest.state === "running" && here) return Promise.resolve("running");
  // Init containers run once per sandbox: what they prepared may be gone with the old one.
  if (work.role === "init" && !here) return Promise.resolve("pulling");
  return Promise.resolve("exited");
}

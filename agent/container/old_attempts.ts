import { messageOf } from "../../src/base/errors.ts";
import type { ContainerWork } from "./container_work.ts";

/** How many ended attempts stay with the runtime beside the newest: the one that `logs --previous` and `lastState` tell of. */
const KEPT_ATTEMPTS = 1;

/**
 * Removes what nobody asks for any more. An agent that finds its container running does it too: the one before may have been killed before it did. What
 * cannot be removed now is left for the next attempt.
 */
export async function removeOldAttempts(work: ContainerWork): Promise<void> {
  const { host, runtime } = work.services;
  for (const old of work.pod.attempts(work.name).slice(1 + KEPT_ATTEMPTS)) {
    if (old.state === "running") continue; // in a lost sandbox, which the pod stops
    try {
      await runtime.removeContainer(old.id);
    } catch (error) {
      if (work.signal.aborted) throw work.signal.reason;
      host.log("warn", "Could not remove an old container", {
        pod: work.pod.pod.metadata.name,
        container: work.name,
        error: messageOf(error),
      });
    }
  }
}

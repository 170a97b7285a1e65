import { RuntimeError } from "../../runtime/runtime.ts";
import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";
import { sleepOrReferences } from "../sleep_or_references.ts";

/** Wait before the first new try, in milliseconds; kubelet's sync comes as soon, and a missing ConfigMap is often there by then. */
const FIRST_RETRY_MS = 1_000;
/** Longest wait between tries, in milliseconds. */
const LONGEST_RETRY_MS = 60_000;

/** Waits for the next try to create or start. A change of the pod or of what it refers to ends the wait at once. */
export async function failed(
  work: ContainerWork,
): Promise<NextContainerState<"failed">> {
  const waitMs = Math.min(
    FIRST_RETRY_MS * 2 ** work.failures,
    LONGEST_RETRY_MS,
  );
  work.failures++;
  work.setTried();
  await sleepOrReferences(work, waitMs);
  return "pulling";
}

/** Shows why a container could not be created or started: as waiting reason and as an event. */
export function showFailure(
  work: ContainerWork,
  { error, reason }: { error: unknown; reason: string },
): void {
  if (work.signal.aborted) throw work.signal.reason;
  const message = error instanceof Error ? error.message : String(error);
  const shown = error instanceof RuntimeError ? error.reason : reason;
  work.pod.setWaiting(work.name, { reason: shown, message });
  work.event("Warning", { reason: "Failed", message: `Error: ${message}` });
}

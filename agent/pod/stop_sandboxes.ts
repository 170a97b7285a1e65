/**
 * Ends what held a pod's containers.
 *
 * @module
 */
import type { PodWork } from "./pod_work.ts";

/** Stops the sandboxes that still stand; a pod has ended when they have. */
export async function stopSandboxes(
  { record, services }: PodWork,
): Promise<void> {
  for (const { id, state } of record.sandboxes) {
    if (state === "ready") await services.containers.runtime.stopSandbox(id);
  }
  await record.refresh();
}

/**
 * Stops the pods of a node without ending them: the next agent starts them again.
 *
 * @module
 */
import { messageOf } from "../src/base/errors.ts";
import type { Host } from "../src/base/host.ts";
import type { PodRecord } from "./pod/pod_record.ts";

/** Longest grace, in milliseconds: somebody waits in front of the machine. */
const LONGEST_GRACE_MS = 10_000;

/** Stops containers and sandboxes of all pods at once. What they left (exit codes, logs, volumes) stays. */
export async function stopAllPods(
  host: Host,
  records: readonly PodRecord[],
): Promise<void> {
  await Promise.all(records.map(async (record) => {
    const { runtime } = record;
    const graceMs = Math.min(record.graceMs, LONGEST_GRACE_MS);
    try {
      await record.refresh();
      await Promise.all(
        record.containers.filter(({ state }) => state === "running")
          .map(({ id }) => runtime.stopContainer(id, graceMs)),
      );
      for (const { id } of record.sandboxes) await runtime.stopSandbox(id);
    } catch (error) {
      host.log("error", "Could not stop a pod", {
        pod: record.key,
        error: messageOf(error),
      });
    }
  }));
}

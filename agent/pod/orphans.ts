/**
 * Sandboxes that no pod wants: their pods were deleted while the agent was away.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import type { Runtime, SandboxStatus } from "../runtime/runtime.ts";
import type { PodServices } from "./pod_work.ts";

/** Annotation on a sandbox with the grace, in seconds, of its pod; kubelet's name for it. */
export const GRACE_ANNOTATION = "io.kubernetes.pod.terminationGracePeriod";

/** Wait, in milliseconds, before the next try. */
const RETRY_MS = 10_000;

/** Ends the sandbox's containers gracefully and removes everything. Tries until it worked or the signal aborts. */
export async function removeOrphan(host: Host, orphan: {
  readonly runtime: Runtime;
  readonly sandbox: SandboxStatus;
  readonly services: PodServices;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { runtime, sandbox, services, signal } = orphan;
  const seconds = Number(sandbox.annotations[GRACE_ANNOTATION] ?? 30);
  const graceMs = Math.max(1, Number.isFinite(seconds) ? seconds : 30) * 1000;
  while (!signal.aborted) {
    try {
      const running = sandbox.containers.filter(({ state }) =>
        state === "running"
      );
      await Promise.all(
        running.map(({ id }) => runtime.stopContainer(id, graceMs)),
      );
      await runtime.stopSandbox(sandbox.id);
      await runtime.removeSandbox(sandbox.id);
      await services.cgroups?.remove(sandbox.uid);
      await services.volumes.remove(sandbox.uid);
      return;
    } catch (error) {
      host.log("warn", "Could not remove a sandbox that no pod wants", {
        uid: sandbox.uid,
        error,
      });
      await host.clock.sleep(RETRY_MS, signal).catch(() => {});
    }
  }
}

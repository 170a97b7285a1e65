/**
 * postStart and preStop.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { LifecycleHandler } from "../../src/api/core/probe.ts";
import type { Host } from "../../src/base/host.ts";
import { tryProbe } from "../probes/prober.ts";

/** What a hook is run for. */
export interface HookTarget {
  readonly container: Container;
  /** The pod's address; absent with hostNetwork. */
  readonly ip?: string;
  /** The longest that it may take. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs a hook to its end, or to the end of its time.
 *
 * @throws when it fails, or is of a kind that this agent cannot run
 * @see {@link https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/}
 */
export async function runHook(
  host: Pick<Host, "clock" | "net">,
  hook: LifecycleHandler,
  target: HookTarget,
): Promise<void> {
  const { container, ip, timeoutMs, signal } = target;
  if (hook.sleep) {
    const ms = Math.min(hook.sleep.seconds * 1000, timeoutMs);
    return await host.clock.sleep(ms, signal);
  }
  if (!hook.httpGet) {
    throw new Error(
      "Could not run the hook: this agent knows httpGet and sleep hooks only",
    );
  }
  const { outcome, message } = await tryProbe(
    host,
    { httpGet: hook.httpGet },
    { container, ...(ip !== undefined && { ip }), timeoutMs },
  );
  if (outcome !== "success") throw new Error(message);
}

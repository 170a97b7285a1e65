/**
 * postStart and preStop.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { LifecycleHandler } from "../../src/api/core/probe.ts";
import { decodeText } from "../../src/base/bytes.ts";
import type { Host } from "../../src/base/host.ts";
import { type RunCommand, tryProbe } from "../probes/prober.ts";

/** The longest, in milliseconds, that a request may take where the hook itself has no time limit. */
const REQUEST_MS = 120_000;

/** What of a command's output is kept for the log. */
const MAX_OUTPUT_BYTES = 1024;

/** What a hook is run for. */
export interface HookTarget {
  readonly container: Container;
  /** The pod's address; absent with hostNetwork. */
  readonly ip?: string;
  /** Runs a command in the container. */
  readonly exec: RunCommand;
  /** The longest that it may take, in milliseconds. @default as long as it likes */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Runs a hook to its end, or to the end of its time.
 *
 * @throws when it fails
 * @see {@link https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/}
 */
export async function runHook(
  host: Pick<Host, "clock" | "net">,
  hook: LifecycleHandler,
  target: HookTarget,
): Promise<void> {
  const { container, ip, exec, timeoutMs, signal } = target;
  if (hook.exec) {
    return await runCommand(hook.exec.command ?? [], target);
  }
  if (hook.sleep) {
    const ms = Math.min(hook.sleep.seconds * 1000, timeoutMs ?? Infinity);
    return await host.clock.sleep(ms, signal);
  }
  if (!hook.httpGet) {
    throw new Error("Could not run the hook: it has no action that works");
  }
  const { outcome, message } = await tryProbe(
    host,
    { httpGet: hook.httpGet },
    {
      container,
      exec,
      ...(ip !== undefined && { ip }),
      timeoutMs: timeoutMs ?? REQUEST_MS,
    },
  );
  if (outcome !== "success") throw new Error(message);
}

async function runCommand(
  command: readonly string[],
  { exec, timeoutMs, signal }: HookTarget,
): Promise<void> {
  const { exitCode, output } = await exec(command, {
    ...(timeoutMs !== undefined && { timeoutMs }),
    signal,
  });
  if (exitCode === 0) return;
  const said = decodeText(output.subarray(0, MAX_OUTPUT_BYTES)).trim();
  throw new Error(
    `Command "${command.join(" ")}" exited with ${exitCode}: ${said}`,
  );
}

/**
 * Stops the pods of a node without ending them: the next agent starts them again.
 *
 * @module
 */
import { messageOf } from "../src/base/errors.ts";
import type { Host } from "../src/base/host.ts";
import { GRACE_ANNOTATION } from "./pod/orphans.ts";
import type { PodRecord } from "./pod/pod_record.ts";
import {
  type FoundSandbox,
  MixedRuntime,
} from "./runtime/mixed/mixed_runtime.ts";
import type { Runtime, SandboxStatus } from "./runtime/runtime.ts";

/** Longest grace, in milliseconds: somebody waits in front of the machine. */
const LONGEST_GRACE_MS = 10_000;

/**
 * Stops containers and sandboxes of all pods at once. What they left (exit codes, logs, volumes) stays.
 *
 * The runtimes say what there is: an agent that is stopped while it still starts has not taken all pods over.
 *
 * @param options `records` know how long a pod that is being deleted may still take
 */
export async function stopAllPods(host: Host, options: {
  readonly runtimes: readonly Runtime[];
  readonly records: readonly PodRecord[];
}): Promise<void> {
  const graces = new Map(
    options.records.map(({ uid, graceMs }) => [uid, graceMs]),
  );
  const lists = await Promise.all(
    options.runtimes.map((runtime) => sandboxesOf(host, runtime)),
  );
  // A pod of several engines ends as one: what has joined its sandbox is on the network of the others.
  const all = new MixedRuntime(options.runtimes).adopt(lists.flat());
  await Promise.all(all.map(({ runtime, sandbox }) =>
    stop(host, {
      runtime,
      sandbox,
      graceMs: graces.get(sandbox.uid) ?? annotatedGraceMs(sandbox),
    })
  ));
}

async function sandboxesOf(
  host: Host,
  runtime: Runtime,
): Promise<FoundSandbox[]> {
  try {
    const sandboxes = await runtime.listSandboxes();
    return sandboxes.map((sandbox) => ({ runtime, sandbox }));
  } catch (error) {
    host.log("error", "Could not list the pods to stop", {
      runtime: runtime.name,
      error: messageOf(error),
    });
    return [];
  }
}

async function stop(
  host: Host,
  { runtime, sandbox, graceMs }: {
    runtime: Runtime;
    sandbox: SandboxStatus;
    graceMs: number;
  },
): Promise<void> {
  const shortened = Math.min(graceMs, LONGEST_GRACE_MS);
  try {
    await Promise.all(
      sandbox.containers.filter(({ state }) => state === "running")
        .map(({ id }) => runtime.stopContainer(id, shortened)),
    );
    await runtime.stopSandbox(sandbox.id);
  } catch (error) {
    host.log("error", "Could not stop a pod", {
      pod: `${sandbox.namespace}/${sandbox.name}`,
      error: messageOf(error),
    });
  }
}

function annotatedGraceMs({ annotations }: SandboxStatus): number {
  const seconds = Number(annotations[GRACE_ANNOTATION]);
  return Number.isFinite(seconds) ? seconds * 1000 : LONGEST_GRACE_MS;
}

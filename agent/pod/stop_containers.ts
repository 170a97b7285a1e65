/**
 * Ends the containers of a pod.
 *
 * @module
 */
import { Stopped } from "../../src/base/errors.ts";
import { messageOf } from "../../src/base/errors.ts";
import { commandsOf } from "../container/commands.ts";
import { runHook } from "../container/lifecycle_hook.ts";
import { unlessAborted } from "../container/race.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import type { PodWork } from "./pod_work.ts";

/** Wait, in milliseconds, before a failed stop is tried again. */
const RETRY_MS = 1_000;

/**
 * Stops all containers: first the main and init containers together, then the sidecars in reverse order. Each gets its preStop hook, TERM, then KILL
 * when the pod's grace is over. A shorter grace that is wished for meanwhile (`--force`, `--grace-period`) counts at once.
 */
export async function stopContainers(work: PodWork): Promise<void> {
  const { record } = work;
  const sidecars = (record.pod.spec.initContainers ?? [])
    .filter(({ restartPolicy }) => restartPolicy === "Always")
    .map(({ name }) => name).reverse();
  const shared = {
    announced: new Set<string>(),
    hooks: new Map<string, Promise<void>>(),
    grace: graceClock(work),
  };
  await stopAll(work, {
    which: ({ name }) => !sidecars.includes(name),
    ...shared,
  });
  for (const sidecar of sidecars) {
    await stopAll(work, { which: ({ name }) => name === sidecar, ...shared });
  }
}

interface StopPass {
  readonly which: (container: ContainerStatus) => boolean;
  /** Containers whose Killing event is out. */
  readonly announced: Set<string>;
  /** Hooks under way or over, by container: each runs once, also when the grace is shortened. */
  readonly hooks: Map<string, Promise<void>>;
  readonly grace: GraceClock;
}

interface GraceClock {
  /** What is left of the grace, in milliseconds; at least 1 s, as kubelet gives it. */
  leftMs(): number;
}

function graceClock({ record, services }: PodWork): GraceClock {
  const { clock } = services.containers.host;
  const startedMs = clock.monotonicMs();
  return {
    leftMs: () =>
      Math.max(1_000, record.graceMs - (clock.monotonicMs() - startedMs)),
  };
}

async function stopAll(work: PodWork, pass: StopPass): Promise<void> {
  const { record, services } = work;
  const { runtime, host, events } = services.containers;
  for (;;) {
    const running = record.containers.filter((container) =>
      container.state === "running" && pass.which(container)
    );
    if (running.length === 0) return;
    for (const { id, name } of running) {
      if (pass.announced.has(id)) continue;
      pass.announced.add(id);
      events.event(record.pod, {
        type: "Normal",
        reason: "Killing",
        message: `Stopping container ${name}`,
        container: name,
      });
    }
    const graceMs = record.graceMs;
    const waiting = new AbortController();
    const stops = Promise.all(running.map(async ({ id, name }) => {
      try {
        await preStop(work, { name, id, pass });
        await runtime.stopContainer(id, pass.grace.leftMs());
      } catch (error) {
        host.log("warn", "Could not stop a container", {
          pod: record.key,
          container: name,
          error,
        });
        await host.clock.sleep(RETRY_MS);
      }
    })).then(() => {});
    try {
      await unlessAborted(
        Promise.race([stops, graceShortened(work, graceMs, waiting.signal)]),
        work.agent,
      );
    } finally {
      waiting.abort(new Stopped("The stop is over"));
    }
    await record.refresh();
  }
}

/** Runs the container's preStop hook within the grace. Its failure is told, and the container is stopped all the same. */
async function preStop(
  work: PodWork,
  { name, id, pass }: { name: string; id: string; pass: StopPass },
): Promise<void> {
  const { record, services, agent } = work;
  const { host, events } = services.containers;
  const { containers, initContainers = [] } = record.pod.spec;
  const container = [...containers, ...initContainers].find((container) =>
    container.name === name
  );
  const hook = container?.lifecycle?.preStop;
  if (!container || !hook) return;
  const [ip] = record.sandbox?.ips ?? [];
  const leftMs = pass.grace.leftMs();
  let running = pass.hooks.get(id);
  if (!running) {
    running = runHook(host, hook, {
      container,
      ...(ip !== undefined && { ip }),
      exec: commandsOf({ services: services.containers, spec: container }, id),
      timeoutMs: leftMs,
      signal: agent,
    }).catch((error) => {
      if (agent.aborted) return;
      host.log("warn", "A preStop hook failed", {
        pod: record.key,
        container: name,
        error: messageOf(error),
      });
      // No more than kubelet says: what a hook prints may be secret.
      events.event(record.pod, {
        type: "Warning",
        reason: "FailedPreStopHook",
        message: "PreStopHook failed",
        container: name,
      });
    });
    pass.hooks.set(id, running);
  }
  const over = new AbortController();
  try {
    await Promise.race([
      running,
      host.clock.sleep(leftMs, over.signal).catch(() => {}),
    ]);
  } finally {
    over.abort(new Stopped("The hook is over"));
  }
}

async function graceShortened(
  { record }: PodWork,
  graceMs: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      const seen = record.bell.rings;
      if (record.graceMs < graceMs) return;
      await record.bell.after(seen, signal);
    }
  } catch {
    // The stop was quicker.
  }
}

import { ProbeSet } from "../../probes/probe_set.ts";
import type { ContainerStatus } from "../../runtime/runtime.ts";
import { containerHash, HASH_ANNOTATION } from "../container_hash.ts";
import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork, KillWish } from "../container_work.ts";
import { commandsOf } from "../commands.ts";
import { removeOldAttempts } from "../old_attempts.ts";
import { unlessAborted } from "../race.ts";

/** Wait, in milliseconds, before a kill that failed is tried again. */
const RETRY_MS = 1_000;

/** Watches over a running attempt until it ends. Waits for three things: its end, a wish to kill it, the abort. */
export async function running(
  work: ContainerWork,
): Promise<NextContainerState<"running">> {
  const { pod } = work;
  const attempt = work.latest;
  if (attempt?.state !== "running") return attempt ? "exited" : lost(work);
  pod.setWaiting(work.name, undefined);
  using _probes = startProbes(work, attempt);
  await removeOldAttempts(work);
  let killing: string | undefined;
  for (;;) {
    const seen = pod.bell.rings;
    const now = pod.attempts(work.name).find(({ id }) => id === attempt.id);
    if (!now) return lost(work);
    if (now.state !== "running") return "exited";
    work.killWish ??= changedDefinition(work, now);
    if (work.killWish && killing !== attempt.id) {
      const wish = work.killWish;
      if (await kill(work, { id: attempt.id, wish })) killing = attempt.id;
      continue;
    }
    await pod.bell.after(seen, work.signal);
  }
}

/** Somebody removed it behind our back: an end like any other, but an init container has to come through. */
function lost({ role }: ContainerWork): "exited" | "pulling" {
  return role === "init" ? "pulling" : "exited";
}

function startProbes(work: ContainerWork, attempt: ContainerStatus): ProbeSet {
  const { pod, services } = work;
  const [ip] = pod.sandbox?.ips ?? [];
  return new ProbeSet(services.host, {
    container: work.spec,
    ...(ip !== undefined && { ip }),
    exec: commandsOf(work, attempt.id),
    startedAt: attempt.startedAt ?? attempt.createdAt,
    // After a restart of the agent a ready container stays ready until a probe says otherwise.
    previous: pod.probes(work.name),
    onState: (state) => pod.setProbes(work.name, state),
    onFailure: ({ probe, message, errored }) =>
      work.event("Warning", {
        reason: "Unhealthy",
        message: errored
          ? `${probe} probe errored and resulted in unknown state: ${message}`
          : `${probe} probe failed: ${message}`,
      }),
    onDead: ({ probe, graceMs }) => {
      work.killWish ??= {
        message:
          `Container ${work.name} failed ${probe.toLowerCase()} probe, will be restarted`,
        ...(graceMs !== undefined && { graceMs }),
      };
      pod.bell.ring();
    },
  });
}

/** The pod's update gave the container another image. */
function changedDefinition(
  work: ContainerWork,
  attempt: ContainerStatus,
): KillWish | undefined {
  const created = attempt.annotations[HASH_ANNOTATION];
  const wanted = containerHash(work.services.host.crypto, work.spec);
  if (created === undefined || created === wanted) return undefined;
  return {
    message: `Container ${work.name} definition changed, will be restarted`,
    restart: true,
  };
}

/** Answers whether the runtime did it. */
async function kill(
  work: ContainerWork,
  { id, wish }: { id: string; wish: KillWish },
): Promise<boolean> {
  work.event("Normal", { reason: "Killing", message: wish.message });
  const { runtime, host } = work.services;
  try {
    // When the pod ends meanwhile, its own stop takes over with its own grace.
    await unlessAborted(
      runtime.stopContainer(id, wish.graceMs ?? work.graceMs),
      work.signal,
    );
  } catch (error) {
    if (work.signal.aborted) throw work.signal.reason;
    host.log("warn", "Could not stop a container", {
      pod: work.pod.pod.metadata.name,
      container: work.name,
      error,
    });
    await host.clock.sleep(RETRY_MS, work.signal);
    return false;
  }
  await work.pod.refresh();
  return true;
}

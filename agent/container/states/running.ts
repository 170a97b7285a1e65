import { ProbeSet } from "../../probes/probe_set.ts";
import type { ContainerStatus } from "../../runtime/runtime.ts";
import { containerHash, HASH_ANNOTATION } from "../container_hash.ts";
import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork, KillWish } from "../container_work.ts";
import { commandsOf } from "../commands.ts";
import { Grace } from "../grace.ts";
import { killContainer } from "../kill_container.ts";
import { removeOldAttempts } from "../old_attempts.ts";
import { restartsAfterKill } from "../restart_policy.ts";

/** Wait, in milliseconds, before a kill that failed is tried again. */
const RETRY_MS = 1_000;

/** Watches over a running attempt until it ends. Waits for three things: its end, a wish to kill it, the abort. */
export async function running(
  work: ContainerWork,
): Promise<NextContainerState<"running">> {
  const { pod } = work;
  const attempt = work.latest;
  if (attempt?.state !== "running") return attempt ? "exited" : lost(work);
  work.setTried();
  const hookFailed = work.killWish !== undefined;
  if (!hookFailed) pod.setWaiting(work.name, undefined);
  using _probes = hookFailed ? undefined : startProbes(work, attempt);
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
    node: services.probes,
    owner: {
      pod: pod.pod.metadata.name!,
      namespace: pod.pod.metadata.namespace!,
      uid: pod.pod.metadata.uid!,
    },
    ...(ip !== undefined && { ip }),
    exec: commandsOf(work, attempt.id),
    startedAt: attempt.startedAt ?? attempt.createdAt,
    // After a restart of the agent a ready container stays ready until a probe says otherwise.
    previous: pod.probes(work.name),
    onState: (state) => pod.setProbes(work.name, state),
    onEvent: (reason, message) => work.event("Warning", { reason, message }),
    onDead: ({ probe, graceMs }) => {
      work.killWish ??= {
        message: `${about(work)} failed ${probe.toLowerCase()} probe${
          restartsAfterKill(pod.pod.spec, work.spec) ? willRestart(work) : ""
        }`,
        ...(graceMs !== undefined && { graceMs }),
      };
      pod.bell.ring();
    },
  });
}

function about({ role, name }: ContainerWork): string {
  return role === "sidecar" ? `Init container ${name}` : `Container ${name}`;
}

/** kubelet does not say it of sidecars. */
function willRestart({ role }: ContainerWork): string {
  return role === "sidecar" ? "" : ", will be restarted";
}

/** The pod's update gave the container another image. What runs once is not begun anew for that. */
function changedDefinition(
  work: ContainerWork,
  attempt: ContainerStatus,
): KillWish | undefined {
  if (work.role === "init" || work.role === "ephemeral") return undefined;
  const created = attempt.annotations[HASH_ANNOTATION];
  const wanted = containerHash(work.services.host.crypto, work.spec);
  if (created === undefined || created === wanted) return undefined;
  return {
    message: `${about(work)} definition changed${willRestart(work)}`,
    restart: true,
  };
}

/** Answers whether the runtime did it. */
async function kill(
  work: ContainerWork,
  { id, wish }: { id: string; wish: KillWish },
): Promise<boolean> {
  work.event("Normal", { reason: "Killing", message: wish.message });
  const { services, pod, signal } = work;
  const { host } = services;
  const grace = new Grace(host.clock, {
    wish: () => wish.graceMs ?? work.graceMs,
    bell: pod.bell,
  });
  try {
    // When the pod ends meanwhile, its own stop takes over with its own grace.
    await killContainer({
      pod,
      services,
      container: work.spec,
      id,
      name: work.name,
      init: work.isInit,
      grace,
      signal,
    });
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

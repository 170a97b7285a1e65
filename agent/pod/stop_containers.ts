/**
 * Ends the containers of a pod.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import { messageOf } from "../../src/base/errors.ts";
import { endingProbes } from "../container/ending_probes.ts";
import { Grace } from "../container/grace.ts";
import { killContainer } from "../container/kill_container.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import type { PodWork } from "./pod_work.ts";
import { TerminationTurns } from "./termination_turns.ts";

/** Wait, in milliseconds, before a failed stop is tried again. */
const RETRY_MS = 1_000;

/**
 * Stops all containers. All preStop hooks run at once; TERM comes to main and init containers first, then to the sidecars in reverse order; KILL to
 * whatever still runs when the pod's grace is over. A shorter grace that is wished for meanwhile (`--force`, `--grace-period`) counts at once.
 */
export async function stopContainers(work: PodWork): Promise<void> {
  const { record, services } = work;
  const { clock } = services.containers.host;
  const grace = new Grace(clock, {
    wish: () => record.graceMs,
    bell: record.bell,
  });
  const announced = new Set<string>();
  for (;;) {
    const running = record.containers.filter(({ state }) =>
      state === "running"
    );
    if (running.length === 0) return;
    const turns = new TerminationTurns(
      record.pod.spec,
      running.map(({ name }) => name),
    );
    await Promise.all(
      running.map((attempt) =>
        stopOne(work, attempt, { grace, turns, announced })
      ),
    );
    await record.refresh();
  }
}

async function stopOne(
  work: PodWork,
  attempt: ContainerStatus,
  { grace, turns, announced }: {
    readonly grace: Grace;
    readonly turns: TerminationTurns;
    /** Containers whose Killing event is out. */
    readonly announced: Set<string>;
  },
): Promise<void> {
  const { id, name } = attempt;
  const { record, services, agent } = work;
  const { events, host } = services.containers;
  const { initContainers = [] } = record.pod.spec;
  const init = initContainers.some((one) => one.name === name);
  const about = { container: name, init };
  const isNew = !announced.has(id);
  announced.add(id);
  if (isNew) {
    const message = `Stopping container ${name}`;
    events.event(record.pod, {
      type: "Normal",
      reason: "Killing",
      message,
      ...about,
    });
  }
  const container = definitionOf(work, name);
  using _readiness = endingProbes(record, {
    services: services.containers,
    container,
    attempt,
    init,
  });
  let hasHook = isNew; // it runs once
  for (;;) {
    try {
      await killContainer({
        pod: record,
        services: services.containers,
        container: hasHook ? container : withoutHook(container),
        id,
        name,
        init,
        grace,
        turn: () => turns.of(name),
        signal: agent,
      });
      return turns.ended(name);
    } catch (error) {
      agent.throwIfAborted();
      host.log("warn", "Could not stop a container", {
        pod: record.key,
        container: name,
        error,
      });
      events.event(record.pod, {
        type: "Warning",
        reason: "FailedKillPod",
        message: `error killing pod: ${messageOf(error)}`,
      });
    }
    hasHook = false;
    await host.clock.sleep(RETRY_MS, agent);
  }
}

function definitionOf(
  { record }: PodWork,
  name: string,
): Container | undefined {
  const { containers, initContainers = [], ephemeralContainers = [] } =
    record.pod.spec;
  return [...containers, ...initContainers, ...ephemeralContainers]
    .find((container) => container.name === name);
}

function withoutHook(container: Container | undefined): Container | undefined {
  if (!container?.lifecycle) return container;
  const { preStop: _, ...lifecycle } = container.lifecycle;
  return { ...container, lifecycle };
}

/**
 * The restart of a whole pod in its place: some container's end asks for it (`restartPolicyRules` with the action `RestartAllContainers`). All its
 * containers are ended and removed, and the pod begins anew with its init containers, in the same sandbox and with the same volumes.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import { Grace } from "../container/grace.ts";
import { killContainer } from "../container/kill_container.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import type { PodWork } from "./pod_work.ts";
import { restartedContainers, wantsRestart } from "./restart_all_wish.ts";

/** As seldom, in milliseconds, as kubelet looks at ends: a pod that always asks for it must not keep the node busy. */
const LEAST_RUN_MS = 1_000;

/** Ends and removes all containers; those whose end asked for it last, so that it is not forgotten halfway. */
export async function restartAll(work: PodWork): Promise<void> {
  const { record, services, signal } = work;
  const { host, runtime } = services.containers;
  record.setRestartingAll(true);
  await host.clock.sleep(LEAST_RUN_MS, signal);
  const main = record.pod.spec.containers;
  const ranked = restartedContainers(record.pod).toSorted((a, b) =>
    rank(a) - rank(b)
  );
  function rank(container: Container): number {
    return (wantsRestart(record, container) ? 2 : 0) +
      (main.includes(container) ? 0 : 1);
  }
  for (const container of ranked) {
    for (const attempt of record.attempts(container.name)) {
      if (attempt.state === "running") await end(work, container, attempt);
      await runtime.removeContainer(attempt.id);
    }
    await record.refresh();
  }
  record.setRestartingAll(false);
}

/** Without its preStop hook, and with the least grace. */
async function end(
  { record, services, signal }: PodWork,
  { lifecycle, ...container }: Container,
  { id, name }: ContainerStatus,
): Promise<void> {
  const { events, host } = services.containers;
  const { initContainers = [] } = record.pod.spec;
  const init = initContainers.some((one) => one.name === name);
  events.event(record.pod, {
    type: "Normal",
    reason: "Killing",
    message: "killing",
    container: name,
    init,
  });
  const stopSignal = lifecycle?.stopSignal;
  await killContainer({
    pod: record,
    services: services.containers,
    container: {
      ...container,
      ...(stopSignal !== undefined && { lifecycle: { stopSignal } }),
    },
    ...{ id, name, init },
    grace: new Grace(host.clock, { wish: () => 0, bell: record.bell }),
    signal,
  });
}

/**
 * A Pod's state in one word, as `kubectl get pods` tells it.
 *
 * @module
 */
import type { Container } from "./container.ts";
import type { ContainerState, ContainerStatus } from "./container_status.ts";
import { humanDuration } from "../duration.ts";
import type { Pod } from "./pod.ts";

/** The figures of a Pod's row. */
export interface PodSummary {
  /** `Running`, `CrashLoopBackOff`, `Init:0/2`, `Terminating` … */
  readonly reason: string;
  /** Containers that are ready. */
  readonly readyContainers: number;
  /** All containers, sidecars among them. */
  readonly totalContainers: number;
  /** Restarts of all containers. */
  readonly restarts: number;
  /** Milliseconds since 1970; absent when nothing was restarted. */
  readonly lastRestart: number | undefined;
}

/** Whether an init container is a sidecar: it is restarted and runs as long as the Pod. */
export function isSidecar(container: Container | undefined): boolean {
  return container?.restartPolicy === "Always";
}

/** Whether a condition of this type is true. */
export function hasCondition(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((c) =>
    c.type === type && c.status === "True"
  ) ?? false;
}

/** Restarts and the time of the last one, added up. */
class Restarts {
  count = 0;
  last: number | undefined;

  add({ restartCount, lastState }: ContainerStatus): void {
    this.count += restartCount;
    const finished = lastState?.terminated?.finishedAt;
    if (finished === undefined || finished === null) return;
    const at = Date.parse(finished);
    if (this.last === undefined || at > this.last) this.last = at;
  }
}

function endedAs(
  terminated: NonNullable<ContainerState["terminated"]>,
): string {
  const { reason = "", signal = 0, exitCode } = terminated;
  if (reason !== "") return reason;
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

interface Progress {
  readonly all: Restarts;
  readonly sidecars: Restarts;
  readySidecars: number;
  /** Why initialisation is not over. */
  blocked: string | undefined;
}

function initialisation(pod: Pod): Progress {
  const progress: Progress = {
    all: new Restarts(),
    sidecars: new Restarts(),
    readySidecars: 0,
    blocked: undefined,
  };
  const containers = pod.spec.initContainers ?? [];
  const byName = new Map(containers.map((c) => [c.name, c]));
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (const [i, status] of statuses.entries()) {
    const sidecar = isSidecar(byName.get(status.name));
    progress.all.add(status);
    if (sidecar) progress.sidecars.add(status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && status.started === true) {
      if (status.ready) progress.readySidecars++;
      continue;
    }
    const waits = waiting?.reason ?? "";
    progress.blocked = terminated !== undefined
      ? `Init:${endedAs(terminated)}`
      : waits !== "" && waits !== "PodInitializing"
      ? `Init:${waits}`
      : `Init:${i}/${containers.length}`;
    break;
  }
  return progress;
}

/** Sums a Pod up. */
export function podSummary(pod: Pod): PodSummary {
  const { spec, status = {}, metadata } = pod;
  const sidecars = (spec.initContainers ?? []).filter(isSidecar).length;
  let reason: string = status.reason || status.phase || "";
  if (
    status.conditions?.some((c) =>
      c.type === "PodScheduled" && c.reason === "SchedulingGated"
    )
  ) reason = "SchedulingGated";

  const init = initialisation(pod);
  let restarts = init.all;
  let ready = init.readySidecars;
  if (init.blocked !== undefined) reason = init.blocked;
  if (init.blocked === undefined || hasCondition(pod, "Initialized")) {
    restarts = init.sidecars;
    let running = false;
    let failure = "";
    for (const container of (status.containerStatuses ?? []).toReversed()) {
      restarts.add(container);
      const { waiting, terminated, running: runs } = container.state ?? {};
      if ((waiting?.reason ?? "") !== "") reason = waiting!.reason!;
      else if (terminated !== undefined) {
        reason = endedAs(terminated);
        if (terminated.exitCode !== 0) failure = reason;
      } else if (container.ready && runs !== undefined) {
        running = true;
        ready++;
      }
    }
    if (reason === "Completed") {
      if (running && hasCondition(pod, "Ready")) reason = "Running";
      else if (failure !== "") reason = failure;
      else if (running) reason = "NotReady";
    }
  }
  if (metadata.deletionTimestamp !== undefined) {
    if (status.reason === "NodeLost") reason = "Unknown";
    else if (status.phase !== "Succeeded" && status.phase !== "Failed") {
      reason = "Terminating";
    }
  }
  return {
    reason,
    readyContainers: ready,
    totalContainers: spec.containers.length + sidecars,
    restarts: restarts.count,
    lastRestart: restarts.last,
  };
}

/** `0`, or `3 (5m ago)`. */
export function restartsText(
  { restarts, lastRestart }: PodSummary,
  now: number,
): string {
  return restarts === 0 || lastRestart === undefined
    ? String(restarts)
    : `${restarts} (${humanDuration(now - lastRestart)} ago)`;
}

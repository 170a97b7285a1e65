/**
 * `containerStatuses` of a pod.
 *
 * @module
 */
import type { Container } from "../../../src/api/core/container.ts";
import type {
  ContainerState,
  ContainerStatus,
} from "../../../src/api/core/container_status.ts";
import type { ProbeState } from "../../container/pod_face.ts";
import {
  type ContainerRole,
  restarts,
} from "../../container/restart_policy.ts";
import {
  containerId,
  type ContainerStatus as Attempt,
} from "../../runtime/runtime.ts";
import { formerRun } from "../ephemeral_containers.ts";
import { RESTARTING_ALL, UNKNOWN_EXIT_CODE } from "../former_run.ts";
import type { PodRecord } from "../pod_record.ts";
import {
  apiTime,
  defaultWaiting,
  stateOf,
  unknownEnd,
} from "./container_end.ts";
import { mountFacts, resourceFacts } from "./container_facts.ts";

export { apiTime };

/** Where the spec has containers. */
type ContainerList = "initContainers" | "containers" | "ephemeralContainers";

/** A container whose status is wanted. */
interface Subject {
  readonly container: Container;
  readonly role: ContainerRole;
  /** What was last said of it. */
  readonly former: ContainerStatus | undefined;
}

/** Role of a container in the spec. */
export function roleOf(
  container: Container,
  list: ContainerList,
): ContainerRole {
  if (list === "ephemeralContainers") return "ephemeral";
  if (list === "containers") return "main";
  return container.restartPolicy === "Always" ? "sidecar" : "init";
}

/** The statuses of a list of containers: init containers in the order of the spec, others by name, as kubelet has them. */
export function containerStatuses(
  record: PodRecord,
  list: ContainerList,
): ContainerStatus[] {
  const containers: readonly Container[] = record.pod.spec[list] ?? [];
  const statuses = containers.map((container) => {
    const role = roleOf(container, list);
    const former = record.formerStatus(container.name);
    return containerStatus(record, { container, role, former });
  });
  if (list === "initContainers") return statuses;
  return statuses.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether a main container exists in the pod's sandbox: then its init containers are through. */
export function isInitialized({ pod, sandbox }: PodRecord): boolean {
  return sandbox?.containers.some((attempt) =>
    pod.spec.containers.some(({ name }) => name === attempt.name)
  ) ?? false;
}

/** Whether the pod ever came past its init containers. */
export function wasInitialized(record: PodRecord): boolean {
  const { initContainers = [], containers } = record.pod.spec;
  const last = initContainers.at(-1);
  if (!last) return true;
  const { state, lastState, started } = record.formerStatus(last.name) ?? {};
  const end = state?.terminated ?? lastState?.terminated;
  const isThrough = last.restartPolicy === "Always"
    ? started && state?.running
    : end?.exitCode === 0;
  if (isThrough) return true;
  return containers.some(({ name }) => {
    const former = record.formerStatus(name);
    return former !== undefined &&
      (former.lastState?.terminated !== undefined || !former.state?.waiting);
  });
}

function containerStatus(record: PodRecord, subject: Subject): ContainerStatus {
  const { container, role, former } = subject;
  const { name } = container;
  const attempts = record.shownAttempts(name);
  const [newest, before] = attempts;
  if (!newest) return absentStatus(record, subject);
  const waiting = record.waiting(name);
  // A container that is about to start again shows why it waits; its end moves to lastState.
  const isWaiting = waiting !== undefined &&
    runsAgain(record, { newest, container, role });
  const state = shownState(record, { newest, role });
  const last = isWaiting && newest.state !== "created" ? newest : before;
  const id = containerId(record.runtime, newest);
  const probes = newest.state === "running"
    ? record.probes(name) ?? beforeProbes(container)
    : undefined;
  const started = probes?.started ?? false;
  const isEphemeral = role === "ephemeral";
  return {
    name,
    state: isWaiting ? { waiting: { ...waiting } } : state,
    lastState: last && last.state !== "created"
      ? stateOf(record, last)
      : formerEnd(former, id),
    // Nobody waits for an ephemeral one, and nothing probes it.
    ready: isEphemeral
      ? false
      : role === "init"
      ? state.terminated?.exitCode === 0
      : started && (probes?.ready ?? false),
    restartCount: Math.max(newest.attempt, former?.restartCount ?? 0),
    image: newest.image || (container.image ?? ""),
    imageID: newest.imageRef,
    containerID: id,
    ...(!isEphemeral && { started }),
    ...resourceFacts(container),
    ...mountFacts(container),
    ...(newest.user && { user: { linux: newest.user } }),
  };
}

/** Whether a container that does not run is to run, by all that is known of it. */
function runsAgain(
  { pod }: PodRecord,
  { newest, container, role }: {
    readonly newest: Attempt;
    readonly container: Container;
    readonly role: ContainerRole;
  },
): boolean {
  if (newest.state === "running") return false;
  const exitCode = newest.exitCode ?? 255;
  return newest.state === "created" ||
    restarts(pod.spec, { container, role, exitCode });
}

function shownState(
  record: PodRecord,
  { newest, role }: { newest: Attempt; role: ContainerRole },
): ContainerState {
  const state = stateOf(record, newest);
  // Created, and by now it never will run.
  const isLate = record.ended && !state.terminated && role !== "init";
  return isLate ? { terminated: unknownEnd("terminated") } : state;
}

/** The end before this run, when the runtime has nothing left of it. */
function formerEnd(
  former: ContainerStatus | undefined,
  id: string,
): ContainerState {
  const { state, lastState, containerID } = former ?? {};
  if (state?.terminated && containerID !== id) {
    return { terminated: state.terminated };
  }
  const last = lastState?.terminated;
  // While it waited, its only end stood there.
  return last && last.containerID !== id ? { terminated: last } : {};
}

/** A container of which the runtime has nothing: not yet, or not any more. */
function absentStatus(record: PodRecord, subject: Subject): ContainerStatus {
  const { container, role, former } = subject;
  const { name } = container;
  const isEphemeral = role === "ephemeral";
  if (isEphemeral) {
    const run = formerRun(record, name);
    if (run) return run;
  }
  const waiting = record.waiting(name);
  const status: ContainerStatus = {
    name,
    state: { waiting: { ...(waiting ?? defaultWaiting(record)) } },
    lastState: formerEnd(former, ""),
    ready: false,
    restartCount: former?.restartCount ?? 0,
    image: container.image ?? "",
    imageID: "",
    ...(!isEphemeral && { started: false }),
    ...mountFacts(container),
  };
  if (record.isRestartingAll && former) return removedStatus(status, former);
  if (former?.state?.terminated && !waiting) return former;
  if (role === "init") {
    return isInitialized(record) && !waiting
      ? { ...status, ready: true, state: { terminated: INIT_LOST } }
      : status;
  }
  const wasRunning = former?.state?.running !== undefined;
  if (record.ended && (wasRunning || record.wasInitialized)) {
    return { ...status, state: { terminated: unknownEnd("terminated") } };
  }
  if (!wasRunning) return status;
  return {
    ...status,
    lastState: { terminated: unknownEnd("running") },
    restartCount: status.restartCount + (record.terminating ? 0 : 1),
  };
}

/** The main containers would not be there if it had failed; kubelet's words. */
const INIT_LOST = {
  exitCode: 0,
  reason: "Completed",
  message:
    "Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally",
};

/** Of a container that was removed so that all may begin anew. */
function removedStatus(
  status: ContainerStatus,
  { state }: ContainerStatus,
): ContainerStatus {
  if (state?.waiting) return { ...status, state };
  return {
    ...status,
    state: { waiting: { ...REMOVED } },
    lastState: { terminated: { ...REMOVED, exitCode: UNKNOWN_EXIT_CODE } },
    restartCount: status.restartCount + 1,
  };
}

/** kubelet's words. */
const REMOVED = {
  reason: RESTARTING_ALL,
  message: "The container is removed because RestartAllContainers in place",
};

/** What holds from the start of a container until its probes speak. */
function beforeProbes(container: Container): ProbeState {
  const started = !container.startupProbe;
  return { started, ready: started && !container.readinessProbe };
}

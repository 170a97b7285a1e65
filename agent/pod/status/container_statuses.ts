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
import type { ContainerRole } from "../../container/restart_policy.ts";
import type { ContainerStatus as Attempt } from "../../runtime/runtime.ts";
import { formerRun } from "../ephemeral_containers.ts";
import type { PodRecord } from "../pod_record.ts";

/** Where the spec has containers. */
type ContainerList = "initContainers" | "containers" | "ephemeralContainers";

/** Role of a container in the spec. */
export function roleOf(
  container: Container,
  list: ContainerList,
): ContainerRole {
  if (list === "ephemeralContainers") return "ephemeral";
  if (list === "containers") return "main";
  return container.restartPolicy === "Always" ? "sidecar" : "init";
}

/** RFC 3339 with seconds, as metav1.Time prints. */
export function apiTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The statuses of a list of containers, in the order of the spec. */
export function containerStatuses(
  record: PodRecord,
  list: ContainerList,
): ContainerStatus[] {
  const containers: readonly Container[] = record.pod.spec[list] ?? [];
  return containers.map((container) =>
    containerStatus(record, { container, role: roleOf(container, list) })
  );
}

function containerStatus(
  record: PodRecord,
  { container, role }: { container: Container; role: ContainerRole },
): ContainerStatus {
  const { name } = container;
  const [newest, before] = record.attempts(name);
  const waiting = record.waiting(name);
  const image = container.image ?? "";
  const isEphemeral = role === "ephemeral";
  if (!newest) {
    const former = isEphemeral ? formerRun(record, name) : undefined;
    return former ?? {
      name,
      state: { waiting: { ...(waiting ?? defaultWaiting(record)) } },
      lastState: {},
      ready: false,
      restartCount: 0,
      image,
      imageID: "",
      ...(!isEphemeral && { started: false }),
    };
  }
  const state = stateOf(record, newest);
  // A container that is about to start again shows why it waits; its end moves to lastState.
  const isWaiting = waiting !== undefined && newest.state !== "running";
  const shown: ContainerState = isWaiting ? { waiting: { ...waiting } } : state;
  const last = isWaiting && newest.state !== "created" ? newest : before;
  const probes = newest.state === "running"
    ? record.probes(name) ?? beforeProbes(container)
    : undefined;
  const started = probes?.started ?? false;
  return {
    name,
    state: shown,
    lastState: last && last.state !== "created" ? stateOf(record, last) : {},
    // Nobody waits for an ephemeral one, and nothing probes it.
    ready: isEphemeral
      ? false
      : role === "init"
      ? state.terminated?.exitCode === 0
      : started && (probes?.ready ?? false),
    restartCount: newest.attempt,
    image: newest.image || image,
    imageID: newest.imageRef,
    containerID: `${record.runtime.name}://${newest.id}`,
    ...(!isEphemeral && { started }),
  };
}

/** What holds from the start of a container until its probes speak. */
function beforeProbes(container: Container): ProbeState {
  const started = !container.startupProbe;
  return { started, ready: started && !container.readinessProbe };
}

/** What a container shows that does not exist yet. */
function defaultWaiting(record: PodRecord): { reason: string } {
  const hasInit = (record.pod.spec.initContainers ?? []).length > 0;
  return { reason: hasInit ? "PodInitializing" : "ContainerCreating" };
}

function stateOf(record: PodRecord, attempt: Attempt): ContainerState {
  switch (attempt.state) {
    case "created":
      return { waiting: { ...defaultWaiting(record) } };
    case "running":
      return {
        running: { startedAt: apiTime(attempt.startedAt ?? attempt.createdAt) },
      };
    case "exited":
    case "unknown": {
      const exitCode = attempt.exitCode ?? 255;
      const message = record.message(attempt.id) ?? attempt.message;
      return {
        terminated: {
          exitCode,
          reason: attempt.reason ?? (exitCode === 0 ? "Completed" : "Error"),
          ...(message !== undefined && { message }),
          startedAt: apiTime(attempt.startedAt ?? attempt.createdAt),
          finishedAt: apiTime(attempt.finishedAt ?? attempt.createdAt),
          containerID: `${record.runtime.name}://${attempt.id}`,
        },
      };
    }
  }
}

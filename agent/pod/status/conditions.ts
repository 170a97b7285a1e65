/**
 * `status.conditions` of a pod: those that the node owns.
 *
 * @module
 */
import type { ContainerStatus } from "../../../src/api/core/container_status.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import type {
  PodCondition,
  PodPhase,
} from "../../../src/api/core/pod_status.ts";
import { couldRestartAll } from "../../../src/api/core/container_restart.ts";
import { apiTime } from "./container_statuses.ts";

/** Conditions that the agent writes; all others in the status belong to somebody else. */
export const OWN_CONDITIONS: readonly string[] = [
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
  "AllContainersRestarting",
];

/** What conditions are computed from. */
export interface ConditionsInput {
  readonly pod: Pod;
  readonly phase: PodPhase;
  readonly initStatuses: readonly ContainerStatus[];
  readonly statuses: readonly ContainerStatus[];
  /** Whether a sandbox with network is there. */
  readonly hasSandbox: boolean;
  /** Whether the phase was final before: then nothing but the sandbox changes any more. */
  readonly wasFinal?: boolean;
  /** Whether the pod restarts in its place. */
  readonly isRestartingAll?: boolean;
  /** The conditions so far: transition times are kept from them, and readiness gates are read. */
  readonly previous: readonly PodCondition[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

type Verdict = Pick<PodCondition, "status" | "reason" | "message">;

/** The condition of a pod that restarts in its place. */
const RESTARTING = "AllContainersRestarting";

const TRUE: Verdict = { status: "True" };

/** The agent's conditions, in kubelet's order. */
export function podConditions(input: ConditionsInput): PodCondition[] {
  const containersReady = readyVerdict(input);
  const verdicts: [string, Verdict][] = [
    [
      "PodReadyToStartContainers",
      { status: input.hasSandbox ? "True" : "False" },
    ],
    ["Initialized", initializedVerdict(input)],
    ["Ready", gatesVerdict(input, containersReady)],
    ["ContainersReady", containersReady],
    ["PodScheduled", TRUE],
    ...couldRestartAll(input.pod.spec)
      ? [[RESTARTING, restartingVerdict(input)] as [string, Verdict]]
      : [],
  ];
  return verdicts.map(([type, verdict]) => {
    const before = input.previous.find((condition) => condition.type === type);
    const isSettled = input.wasFinal && type !== "PodReadyToStartContainers" &&
      before?.status === verdict.status;
    if (isSettled) return before;
    const kept = before?.status === verdict.status && before.lastTransitionTime;
    const { generation } = input.pod.metadata;
    return {
      type,
      // kubelet does not say it of this one.
      ...(generation !== undefined && type !== RESTARTING &&
        { observedGeneration: generation }),
      ...verdict,
      lastTransitionTime: kept || apiTime(input.now),
    };
  });
}

function restartingVerdict(
  { phase, isRestartingAll }: ConditionsInput,
): Verdict {
  if (phase === "Succeeded") return { status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { status: "False", reason: "PodFailed" };
  return isRestartingAll
    ? {
      status: "True",
      reason: "RestartAllContainersStarted",
      message: "container exited with restart policy rule",
    }
    : { status: "False" };
}

function initializedVerdict(input: ConditionsInput): Verdict {
  if (input.phase === "Succeeded") {
    return { status: "True", reason: "PodCompleted" };
  }
  const incomplete = (input.pod.spec.initContainers ?? []).filter(
    (container) => {
      const status = input.initStatuses.find((s) => s.name === container.name);
      if (container.restartPolicy === "Always") return !status?.started;
      return !status?.ready;
    },
  ).map(({ name }) => name);
  const mainHasStarted = input.statuses.some(({ state }) =>
    state?.running || state?.terminated
  );
  // Once it was, it stays so: what comes after is a restart.
  const was = input.previous.some(({ type, status }) =>
    type === "Initialized" && status === "True"
  );
  if (incomplete.length === 0 || mainHasStarted || was) return TRUE;
  return {
    status: "False",
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${incomplete.join(" ")}]`,
  };
}

function readyVerdict(input: ConditionsInput): Verdict {
  if (input.phase === "Succeeded") {
    return { status: "False", reason: "PodCompleted" };
  }
  if (input.phase === "Failed") return { status: "False", reason: "PodFailed" };
  const sidecars = (input.pod.spec.initContainers ?? [])
    .filter(({ restartPolicy }) => restartPolicy === "Always")
    .map(({ name }) => name);
  const unready = [
    ...input.initStatuses.filter(({ name }) => sidecars.includes(name)),
    ...input.statuses,
  ].filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0) return TRUE;
  return {
    status: "False",
    reason: "ContainersNotReady",
    message: `containers with unready status: [${unready.join(" ")}]`,
  };
}

/** Ready is ContainersReady and all readiness gates. */
function gatesVerdict(
  input: ConditionsInput,
  containersReady: Verdict,
): Verdict {
  if (containersReady.status !== "True") return containersReady;
  const messages: string[] = [];
  for (const { conditionType } of input.pod.spec.readinessGates ?? []) {
    const gate = input.pod.status?.conditions?.find(({ type }) =>
      type === conditionType
    );
    if (!gate) {
      messages.push(
        `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
      );
    } else if (gate.status !== "True") {
      messages.push(
        `the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`,
      );
    }
  }
  if (messages.length === 0) return TRUE;
  return {
    status: "False",
    reason: "ReadinessGatesNotReady",
    message: messages.join(", "),
  };
}

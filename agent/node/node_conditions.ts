/**
 * The conditions of a node, in kubelet's words.
 *
 * @module
 */
import type {
  NodeCondition,
  NodeFeatures,
  NodeRuntimeHandler,
  NodeStatus,
} from "../../src/api/core/node_status.ts";
import type { PressureCondition } from "./eviction/threshold.ts";

/** State of one runtime on the node. */
export interface RuntimeHealth {
  readonly name: string;
  readonly ready: boolean;
  readonly message?: string;
  /** `containerd://1.6.20`. */
  readonly version: string;
  /** What it can do, where it tells. */
  readonly features?: NodeFeatures;
  readonly handlers?: readonly NodeRuntimeHandler[];
}

/** What the conditions are computed from. */
export interface ConditionFacts {
  readonly runtimes: readonly RuntimeHealth[];
  /** Whether pods can get addresses. */
  readonly networkReady: boolean;
  /** What the node is short of. @default nothing */
  readonly pressures?: readonly PressureCondition[];
  /** Whether the machine is going down. @default false */
  readonly isShuttingDown?: boolean;
}

interface Words {
  readonly reason: string;
  readonly message: string;
  readonly event: string;
}

/** What is said of a pressure that is there, and of one that is not. */
const PRESSURES: Readonly<
  Record<PressureCondition, { readonly yes: Words; readonly no: Words }>
> = {
  MemoryPressure: {
    yes: {
      reason: "KubeletHasInsufficientMemory",
      message: "kubelet has insufficient memory available",
      event: "NodeHasInsufficientMemory",
    },
    no: {
      reason: "KubeletHasSufficientMemory",
      message: "kubelet has sufficient memory available",
      event: "NodeHasSufficientMemory",
    },
  },
  DiskPressure: {
    yes: {
      reason: "KubeletHasDiskPressure",
      message: "kubelet has disk pressure",
      event: "NodeHasDiskPressure",
    },
    no: {
      reason: "KubeletHasNoDiskPressure",
      message: "kubelet has no disk pressure",
      event: "NodeHasNoDiskPressure",
    },
  },
  PIDPressure: {
    yes: {
      reason: "KubeletHasInsufficientPID",
      message: "kubelet has insufficient PID available",
      event: "NodeHasInsufficientPID",
    },
    no: {
      reason: "KubeletHasSufficientPID",
      message: "kubelet has sufficient PID available",
      event: "NodeHasSufficientPID",
    },
  },
};

/**
 * All four, Ready last. Transition times of what did not change are kept from `previous`.
 *
 * @param now RFC 3339
 */
export function nodeConditions(
  facts: ConditionFacts,
  { previous, now }: { previous: NodeStatus | undefined; now: string },
): NodeCondition[] {
  const pressures = Object.entries(PRESSURES).map(([type, words]) => {
    const has = facts.pressures?.includes(type as PressureCondition) ?? false;
    const { reason, message } = has ? words.yes : words.no;
    return { type, status: has ? "True" : "False", reason, message };
  });
  return [...pressures, readyCondition(facts)].map((condition) => {
    const before = previous?.conditions?.find(({ type }) =>
      type === condition.type
    );
    const kept = before?.status === condition.status &&
      before.lastTransitionTime;
    return {
      ...condition,
      lastHeartbeatTime: now,
      lastTransitionTime: kept || now,
    };
  });
}

/** Reasons of the events that tell of changes from one status to another. A Node without a status has changed from nothing. */
export function conditionEvents(
  before: NodeStatus | undefined,
  after: NodeStatus,
): string[] {
  const events: string[] = [];
  for (const { type, status } of after.conditions ?? []) {
    const old = before?.conditions?.find((held) => held.type === type);
    if (old?.status === status) continue;
    if (type === "Ready") {
      if (status === "True") events.push("NodeReady");
      else if (old) events.push("NodeNotReady"); // a new node begins so
    } else {
      const words = PRESSURES[type as PressureCondition];
      if (words) events.push((status === "True" ? words.yes : words.no).event);
    }
  }
  return events;
}

function readyCondition(facts: ConditionFacts): NodeCondition {
  const problems: string[] = [];
  // One working runtime makes a node useful: pods ask for theirs by RuntimeClass and node label.
  if (!facts.runtimes.some(({ ready }) => ready)) {
    problems.push(
      ...facts.runtimes.map(({ name, message = "not ready" }) =>
        `container runtime "${name}": ${message}`
      ),
    );
    if (facts.runtimes.length === 0) problems.push("no container runtime");
  }
  if (!facts.networkReady) {
    problems.push(
      "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:no pod CIDR assigned yet",
    );
  }
  if (facts.isShuttingDown) problems.push("node is shutting down");
  if (problems.length === 0) {
    return {
      type: "Ready",
      status: "True",
      reason: "KubeletReady",
      message: "kubelet is posting ready status",
    };
  }
  // One error stands for itself, several are a list, as Go's aggregated errors print.
  const [first, ...more] = problems;
  return {
    type: "Ready",
    status: "False",
    reason: "KubeletNotReady",
    message: more.length === 0 ? first! : `[${problems.join(", ")}]`,
  };
}

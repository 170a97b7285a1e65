/**
 * The Node object as this agent would have it.
 *
 * @module
 */
import type { Node } from "../../src/api/core/node.ts";
import type {
  NodeCondition,
  NodeStatus,
} from "../../src/api/core/node_status.ts";
import { WHERRY_VERSION } from "../../src/base/version.ts";
import { nodeCapacity } from "./capacity.ts";
import type { MachineInfo } from "./machine.ts";

/** State of one runtime on the node. */
export interface RuntimeHealth {
  readonly name: string;
  readonly ready: boolean;
  readonly message?: string;
  /** `containerd://1.6.20`. */
  readonly version: string;
}

/** What a node's status is computed from. */
export interface NodeFactsInput {
  readonly name: string;
  readonly machine: MachineInfo;
  readonly address: string;
  readonly maxPods: number;
  readonly runtimes: readonly RuntimeHealth[];
  /** Whether pods can get addresses. */
  readonly networkReady: boolean;
  readonly images: readonly {
    readonly names: readonly string[];
    readonly sizeBytes: number;
  }[];
  /** Labels that the node was started with. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The kubelet that this agent behaves as, and what it is. */
const KUBELET_VERSION = `v1.36.0+wherry-${WHERRY_VERSION}`;

/** Images that the status names at most, the largest first; kubelet's default. */
const MAX_IMAGES = 50;

/** What labels are made of. */
export interface LabelsInput
  extends Pick<NodeFactsInput, "name" | "machine" | "labels"> {
  readonly runtimes: readonly Pick<RuntimeHealth, "name" | "ready">[];
}

/** What pods meet of the Node: the API's word, or what the node is going to be while that has not been heard. */
export function labelsAndTaints(
  node: Node | undefined,
  input: LabelsInput,
): {
  labels: Readonly<Record<string, string>>;
  taints: NonNullable<Node["spec"]["taints"]>;
} {
  return {
    labels: node ? node.metadata.labels ?? {} : nodeLabels(input),
    taints: node?.spec.taints ?? [],
  };
}

/** Labels that the agent keeps on its Node. */
export function nodeLabels(input: LabelsInput): Record<string, string> {
  const { machine } = input;
  return {
    "beta.kubernetes.io/arch": machine.arch,
    "beta.kubernetes.io/os": machine.os,
    "kubernetes.io/arch": machine.arch,
    "kubernetes.io/hostname": input.name,
    "kubernetes.io/os": machine.os,
    ...Object.fromEntries(
      input.runtimes.filter(({ ready }) => ready).map(({ name }) => [
        `wherry.dev/runtime-${name}`,
        "true",
      ]),
    ),
    ...input.labels,
  };
}

/**
 * The node's status. Transition times of conditions that did not change are kept from `previous`.
 *
 * @param now RFC 3339
 */
export function computeNodeStatus(
  input: NodeFactsInput,
  { previous, now }: { previous: NodeStatus | undefined; now: string },
): NodeStatus {
  const { machine, runtimes } = input;
  const { capacity, allocatable } = nodeCapacity(machine, input);
  // `kubectl get nodes -o wide` shows one version: of the runtime that pods get by default.
  const shown = runtimes.find(({ ready }) => ready) ?? runtimes[0];
  return {
    capacity: { ...capacity },
    allocatable: { ...allocatable },
    conditions: conditions(input).map((condition) => {
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
    }),
    addresses: [
      { type: "InternalIP", address: input.address },
      { type: "Hostname", address: input.name },
    ],
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: shown?.version ?? "",
      kubeletVersion: KUBELET_VERSION,
      kubeProxyVersion: "",
      operatingSystem: machine.os,
      architecture: machine.arch,
    },
    images: [...input.images].sort((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, MAX_IMAGES)
      .map(({ names, sizeBytes }) => ({ names: [...names], sizeBytes })),
  };
}

function conditions(input: NodeFactsInput): NodeCondition[] {
  return [
    {
      type: "MemoryPressure",
      status: "False",
      reason: "KubeletHasSufficientMemory",
      message: "kubelet has sufficient memory available",
    },
    {
      type: "DiskPressure",
      status: "False",
      reason: "KubeletHasNoDiskPressure",
      message: "kubelet has no disk pressure",
    },
    {
      type: "PIDPressure",
      status: "False",
      reason: "KubeletHasSufficientPID",
      message: "kubelet has sufficient PID available",
    },
    readyCondition(input),
  ];
}

function readyCondition(input: NodeFactsInput): NodeCondition {
  const problems: string[] = [];
  // One working runtime makes a node useful: pods ask for theirs by RuntimeClass and node label.
  if (!input.runtimes.some(({ ready }) => ready)) {
    problems.push(
      ...input.runtimes.map(({ name, message = "not ready" }) =>
        `container runtime "${name}": ${message}`
      ),
    );
    if (input.runtimes.length === 0) problems.push("no container runtime");
  }
  if (!input.networkReady) {
    problems.push(
      "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:no pod CIDR assigned yet",
    );
  }
  if (problems.length === 0) {
    return {
      type: "Ready",
      status: "True",
      reason: "KubeletReady",
      message: "kubelet is posting ready status",
    };
  }
  return {
    type: "Ready",
    status: "False",
    reason: "KubeletNotReady",
    message: `[${problems.join(", ")}]`,
  };
}

/** A new Node, before its first status. */
export function newNode(input: NodeFactsInput): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: input.name, labels: nodeLabels(input) },
    spec: {},
  };
}

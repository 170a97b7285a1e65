/**
 * The Node object as this agent would have it.
 *
 * @module
 */
import type { Node } from "../../src/api/core/node.ts";
import type { NodeStatus } from "../../src/api/core/node_status.ts";
import { LOCAL_STORAGE_ANNOTATION } from "../../src/api/volumes/local_path.ts";
import { WHERRY_VERSION } from "../../src/base/version.ts";
import type { NodeImage } from "../runtime/runtime.ts";
import { nodeCapacity, type Resources } from "./capacity.ts";
import type { MachineInfo } from "./machine.ts";
import {
  type ConditionFacts,
  nodeConditions,
  type RuntimeHealth,
} from "./node_conditions.ts";
import { type NodeOptions, thresholdsOf } from "./node_options.ts";

/** What a node's status is computed from. */
export interface NodeFactsInput extends ConditionFacts {
  readonly name: string;
  readonly machine: MachineInfo;
  /** The first is the node's own. */
  readonly addresses: readonly string[];
  readonly maxPods: number;
  readonly images: readonly NodeImage[];
  /** Folder of the volumes that this node makes for claims. */
  readonly localStorage?: string;
  /** Labels that the node was started with. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the owner of the machine decided. */
  readonly options?: NodeOptions;
  /** Volumes that pods here use and that are attached to nodes. */
  readonly volumesInUse?: readonly string[];
}

/** The kubelet that this agent behaves as, and what it is. */
export const KUBELET_VERSION = `v1.36.0+wherry-${WHERRY_VERSION}`;

/** Of the features that schedulers ask nodes for, those that this agent has. */
const DECLARED_FEATURES = ["RestartAllContainersOnContainerExits"] as const;

/** Images that the status names at most, the largest first; kubelet's default. */
const MAX_IMAGES = 50;

/** Names that the status tells of an image at most, digests first. */
const MAX_NAMES = 5;

/** What labels are made of. */
export interface LabelsInput
  extends Pick<NodeFactsInput, "name" | "machine" | "labels"> {
  readonly runtimes: readonly (
    & Pick<RuntimeHealth, "name" | "ready">
    & Partial<Pick<RuntimeHealth, "version">>
  )[];
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
      input.runtimes.filter(({ ready }) => ready).flatMap(
        ({ name, version = "" }) => [
          [`wherry.dev/runtime-${name}`, "true"],
          ...versionLabel(name, version),
        ],
      ),
    ),
    ...input.labels,
  };
}

/** Whether the agent puts such a label on its Node for as long as a runtime is there: pods must not be attracted by one that is gone. */
export function isRuntimeLabel(key: string): boolean {
  return /^wherry\.dev\/(?:runtime-.*|[^/]*-version)$/.test(key);
}

/** A runtime's version, so that pods can be kept to it: `deno://2.9.6` as `wherry.dev/deno-version=2.9.6`. */
function versionLabel(name: string, version: string): [string, string][] {
  const value = version.replace(/^.*:\/\//, "")
    .replaceAll(/[^A-Za-z0-9_.-]/g, "-").slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  return value ? [[`wherry.dev/${name}-version`, value]] : [];
}

/** Annotations that the agent keeps on its Node. */
export function nodeAnnotations(
  { localStorage }: Pick<NodeFactsInput, "localStorage">,
): Record<string, string> {
  return localStorage === undefined
    ? {}
    : { [LOCAL_STORAGE_ANNOTATION]: localStorage };
}

/**
 * The node's status. Transition times of conditions that did not change are kept from `previous`, and so are resources that others have put there.
 *
 * @param now RFC 3339
 */
export function computeNodeStatus(
  input: NodeFactsInput,
  { previous, now }: { previous: NodeStatus | undefined; now: string },
): NodeStatus {
  const { machine, runtimes, options = {} } = input;
  const { capacity, allocatable } = nodeCapacity(machine, {
    ...options,
    maxPods: input.maxPods,
    thresholds: thresholdsOf(options),
  });
  // `kubectl get nodes -o wide` shows one version: of the runtime that pods get by default.
  const shown = runtimes.find(({ ready }) => ready) ?? runtimes[0];
  const { features } = runtimes.find((one) => one.features) ?? {};
  const { handlers } = runtimes.find((one) => one.handlers) ?? {};
  const extended = extendedResources(previous?.capacity);
  return {
    capacity: { ...extended, ...capacity },
    allocatable: { ...extended, ...allocatable },
    conditions: nodeConditions(input, { previous, now }),
    addresses: [
      ...input.addresses.map((address) => ({ type: "InternalIP", address })),
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
      ...machine.swapBytes ? { swap: { capacity: machine.swapBytes } } : {},
    },
    images: imagesOf(input),
    ...features && { features: { ...features } },
    ...handlers && { runtimeHandlers: [...handlers] },
    declaredFeatures: [...DECLARED_FEATURES],
    ...input.volumesInUse && { volumesInUse: [...input.volumesInUse] },
  };
}

function imagesOf(
  { images, options = {} }: NodeFactsInput,
): NonNullable<NodeStatus["images"]> {
  const { maxImages = MAX_IMAGES } = options;
  const largest = [...images].sort((a, b) => b.sizeBytes - a.sizeBytes);
  return largest.slice(0, maxImages < 0 ? largest.length : maxImages)
    .map(({ names, sizeBytes }) => ({
      names: names.slice(0, MAX_NAMES),
      sizeBytes,
    }));
}

/** Resources that device plugins or people have told the API of: names with a domain that is not Kubernetes' own. */
function extendedResources(capacity: Resources | undefined): Resources {
  return Object.fromEntries(
    Object.entries(capacity ?? {}).filter(([name]) =>
      name.includes("/") && !/(^|\.)kubernetes\.io\//.test(name)
    ),
  );
}

/** A new Node, before its first status. */
export function newNode(input: NodeFactsInput): Node {
  const { taints = [] } = input.options ?? {};
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: input.name,
      labels: nodeLabels(input),
      annotations: nodeAnnotations(input),
    },
    spec: { ...taints.length > 0 && { taints: [...taints] } },
  };
}

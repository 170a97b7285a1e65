import { type NodeConfigSource, nodeConfigSource } from "./node.ts";
import {
  bool,
  type Field,
  int32,
  int64,
  list,
  named,
  notNeeded,
  object,
  optional,
  pointer,
  type ResourceList,
  resourceList,
  str,
  time,
} from "../schema/words.ts";

/** Deprecated: where a node is in its life. */
export type NodePhase = "Pending" | "Running" | "Terminated";

/** Where a program on a node listens. */
export interface DaemonEndpoint {
  /** Its port. */
  Port: number;
}

/** Schema of {@linkcode DaemonEndpoint}. */
export const daemonEndpoint: Field<DaemonEndpoint> = object<DaemonEndpoint>(
  "io.k8s.api.core.v1.DaemonEndpoint",
  () => ({
    Port: int32,
  }),
);

/** Programs of a node that listen. */
export interface NodeDaemonEndpoints {
  /** The node's agent. */
  kubeletEndpoint?: DaemonEndpoint;
}

/** Schema of {@linkcode NodeDaemonEndpoints}. */
export const nodeDaemonEndpoints: Field<NodeDaemonEndpoints> = object<
  NodeDaemonEndpoints
>(
  "io.k8s.api.core.v1.NodeDaemonEndpoints",
  () => ({
    kubeletEndpoint: daemonEndpoint,
  }),
);

/** What a runtime handler can do. */
export interface NodeRuntimeHandlerFeatures {
  /** Whether mounts can be read-only with all below them. */
  recursiveReadOnlyMounts?: boolean;
  /** Whether user namespaces work. */
  userNamespaces?: boolean;
}

/** Schema of {@linkcode NodeRuntimeHandlerFeatures}. */
export const nodeRuntimeHandlerFeatures: Field<NodeRuntimeHandlerFeatures> =
  object<NodeRuntimeHandlerFeatures>(
    "io.k8s.api.core.v1.NodeRuntimeHandlerFeatures",
    () => ({
      recursiveReadOnlyMounts: pointer(bool),
      userNamespaces: pointer(bool),
    }),
  );

/** A way to run containers on a node. */
export interface NodeRuntimeHandler {
  /** Its name; "" is the usual one. */
  name: string;
  /** What it can do. */
  features?: NodeRuntimeHandlerFeatures;
}

/** Schema of {@linkcode NodeRuntimeHandler}. */
export const nodeRuntimeHandler: Field<NodeRuntimeHandler> = object<
  NodeRuntimeHandler
>(
  "io.k8s.api.core.v1.NodeRuntimeHandler",
  () => ({
    name: notNeeded(str),
    features: pointer(nodeRuntimeHandlerFeatures),
  }),
);

/** What a node can do, whatever the runtime handler. */
export interface NodeFeatures {
  /** Whether `supplementalGroupsPolicy` works. */
  supplementalGroupsPolicy?: boolean;
}

/** Schema of {@linkcode NodeFeatures}. */
export const nodeFeatures: Field<NodeFeatures> = object<NodeFeatures>(
  "io.k8s.api.core.v1.NodeFeatures",
  () => ({
    supplementalGroupsPolicy: pointer(bool),
  }),
);

/** Swap of a node. */
export interface NodeSwapStatus {
  /** Its size in bytes. */
  capacity?: number;
}

/** Schema of {@linkcode NodeSwapStatus}. */
export const nodeSwapStatus: Field<NodeSwapStatus> = object<NodeSwapStatus>(
  "io.k8s.api.core.v1.NodeSwapStatus",
  () => ({
    capacity: pointer(int64),
  }),
);

/** What a node is made of. */
export interface NodeSystemInfo {
  /** The machine id. */
  machineID: string;
  /** Id of the hardware or virtual machine. */
  systemUUID: string;
  /** Id of this boot. */
  bootID: string;
  /** Version of the kernel. */
  kernelVersion: string;
  /** Name of the operating system. */
  osImage: string;
  /** Runtime and its version. */
  containerRuntimeVersion: string;
  /** Version of the node's agent. */
  kubeletVersion: string;
  /** Deprecated: version of the service proxy. */
  kubeProxyVersion: string;
  /** `linux`, `windows` … */
  operatingSystem: string;
  /** `amd64`, `arm64` … */
  architecture: string;
  /** Swap of the node. */
  swap?: NodeSwapStatus;
}

/** Schema of {@linkcode NodeSystemInfo}. */
export const nodeSystemInfo: Field<NodeSystemInfo> = object<NodeSystemInfo>(
  "io.k8s.api.core.v1.NodeSystemInfo",
  () => ({
    machineID: str,
    systemUUID: str,
    bootID: str,
    kernelVersion: str,
    osImage: str,
    containerRuntimeVersion: str,
    kubeletVersion: str,
    kubeProxyVersion: str,
    operatingSystem: str,
    architecture: str,
    swap: pointer(nodeSwapStatus),
  }),
);

/** Deprecated: configuration of the agent from ConfigMaps. */
export interface NodeConfigStatus {
  /** What is to be used. */
  assigned?: NodeConfigSource;
  /** What is used. */
  active?: NodeConfigSource;
  /** What worked last. */
  lastKnownGood?: NodeConfigSource;
  /** Why it is not used. */
  error?: string;
}

/** Schema of {@linkcode NodeConfigStatus}. */
export const nodeConfigStatus: Field<NodeConfigStatus> = object<
  NodeConfigStatus
>(
  "io.k8s.api.core.v1.NodeConfigStatus",
  () => ({
    assigned: pointer(nodeConfigSource),
    active: pointer(nodeConfigSource),
    lastKnownGood: pointer(nodeConfigSource),
    error: optional(str),
  }),
);

/** A volume that is attached to a node. */
export interface AttachedVolume {
  /** Its name. */
  name: string;
  /** Its device. */
  devicePath: string;
}

/** Schema of {@linkcode AttachedVolume}. */
export const attachedVolume: Field<AttachedVolume> = object<AttachedVolume>(
  "io.k8s.api.core.v1.AttachedVolume",
  () => ({
    name: named("v1.UniqueVolumeName"),
    devicePath: str,
  }),
);

/** An image that is on a node. */
export interface ContainerImage {
  /** Its names. */
  names: string[];
  /** Its size in bytes. */
  sizeBytes?: number;
}

/** Schema of {@linkcode ContainerImage}. */
export const containerImage: Field<ContainerImage> = object<ContainerImage>(
  "io.k8s.api.core.v1.ContainerImage",
  () => ({
    names: notNeeded(list(str, { type: "atomic" })),
    sizeBytes: optional(int64),
  }),
);

/** One aspect of a node's state. */
export interface NodeCondition {
  /** Name of the aspect, for example `Ready`. */
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** When the node told it last. */
  lastHeartbeatTime?: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
  message?: string;
}

/** Schema of {@linkcode NodeCondition}. */
export const nodeCondition: Field<NodeCondition> = object<NodeCondition>(
  "io.k8s.api.core.v1.NodeCondition",
  () => ({
    type: named("v1.NodeConditionType"),
    status: named("v1.ConditionStatus"),
    lastHeartbeatTime: optional(time),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** An address of a node. */
export interface NodeAddress {
  /** `Hostname`, `InternalIP`, `ExternalIP`, `InternalDNS` or `ExternalDNS`. */
  type: string;
  /** The address. */
  address: string;
}

/** Schema of {@linkcode NodeAddress}. */
export const nodeAddress: Field<NodeAddress> = object<NodeAddress>(
  "io.k8s.api.core.v1.NodeAddress",
  () => ({
    type: named("v1.NodeAddressType"),
    address: str,
  }),
);

/** What a node is and has. */
export interface NodeStatus {
  /** All that it has. */
  capacity?: ResourceList;
  /** What Pods may have of it. Default: all. */
  allocatable?: ResourceList;
  /** Deprecated and no longer set. */
  phase?: NodePhase;
  /** Aspects of its state. */
  conditions?: NodeCondition[];
  /** Its addresses. */
  addresses?: NodeAddress[];
  /** Programs of it that listen. */
  daemonEndpoints?: NodeDaemonEndpoints;
  /** What it is made of. */
  nodeInfo?: NodeSystemInfo;
  /** Images that are on it. */
  images?: ContainerImage[];
  /** Volumes that are mounted on it. */
  volumesInUse?: string[];
  /** Volumes that are attached to it. */
  volumesAttached?: AttachedVolume[];
  /** Deprecated: its configuration from ConfigMaps. */
  config?: NodeConfigStatus;
  /** Ways to run containers on it. */
  runtimeHandlers?: NodeRuntimeHandler[];
  /** What it can do. */
  features?: NodeFeatures;
  /** Features that it says it has. */
  declaredFeatures?: string[];
}

/** Schema of {@linkcode NodeStatus}. */
export const nodeStatus: Field<NodeStatus> = object<NodeStatus>(
  "io.k8s.api.core.v1.NodeStatus",
  () => ({
    capacity: optional(resourceList),
    allocatable: optional(resourceList),
    phase: optional(named<NodePhase>("v1.NodePhase")),
    conditions: optional(
      list(nodeCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
    addresses: optional(
      list(nodeAddress, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
    daemonEndpoints: nodeDaemonEndpoints,
    nodeInfo: nodeSystemInfo,
    images: optional(list(containerImage, { type: "atomic" })),
    volumesInUse: optional(
      list(named("v1.UniqueVolumeName"), { type: "atomic" }),
    ),
    volumesAttached: optional(list(attachedVolume, { type: "atomic" })),
    config: pointer(nodeConfigStatus),
    runtimeHandlers: optional(list(nodeRuntimeHandler, { type: "atomic" })),
    features: pointer(nodeFeatures),
    declaredFeatures: optional(list(str, { type: "atomic" })),
  }),
);

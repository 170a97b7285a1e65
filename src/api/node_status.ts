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
} from "./schema/words.ts";

/** NodePhase. */
export type NodePhase = "Pending" | "Running" | "Terminated";

/** DaemonEndpoint. */
export interface DaemonEndpoint {
  Port: number;
}

/** Schema of {@linkcode DaemonEndpoint}. */
export const daemonEndpoint: Field<DaemonEndpoint> = object<DaemonEndpoint>(
  "io.k8s.api.core.v1.DaemonEndpoint",
  () => ({
    Port: int32,
  }),
);

/** NodeDaemonEndpoints. */
export interface NodeDaemonEndpoints {
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

/** NodeRuntimeHandlerFeatures. */
export interface NodeRuntimeHandlerFeatures {
  recursiveReadOnlyMounts?: boolean;
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

/** NodeRuntimeHandler. */
export interface NodeRuntimeHandler {
  name: string;
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

/** NodeFeatures. */
export interface NodeFeatures {
  supplementalGroupsPolicy?: boolean;
}

/** Schema of {@linkcode NodeFeatures}. */
export const nodeFeatures: Field<NodeFeatures> = object<NodeFeatures>(
  "io.k8s.api.core.v1.NodeFeatures",
  () => ({
    supplementalGroupsPolicy: pointer(bool),
  }),
);

/** NodeSwapStatus. */
export interface NodeSwapStatus {
  capacity?: number;
}

/** Schema of {@linkcode NodeSwapStatus}. */
export const nodeSwapStatus: Field<NodeSwapStatus> = object<NodeSwapStatus>(
  "io.k8s.api.core.v1.NodeSwapStatus",
  () => ({
    capacity: pointer(int64),
  }),
);

/** NodeSystemInfo. */
export interface NodeSystemInfo {
  machineID: string;
  systemUUID: string;
  bootID: string;
  kernelVersion: string;
  osImage: string;
  containerRuntimeVersion: string;
  kubeletVersion: string;
  kubeProxyVersion: string;
  operatingSystem: string;
  architecture: string;
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

/** NodeConfigStatus. */
export interface NodeConfigStatus {
  assigned?: NodeConfigSource;
  active?: NodeConfigSource;
  lastKnownGood?: NodeConfigSource;
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

/** AttachedVolume. */
export interface AttachedVolume {
  name: string;
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

/** ContainerImage. */
export interface ContainerImage {
  names: string[];
  sizeBytes?: number;
}

/** Schema of {@linkcode ContainerImage}. */
export const containerImage: Field<ContainerImage> = object<ContainerImage>(
  "io.k8s.api.core.v1.ContainerImage",
  () => ({
    names: list(str, { type: "atomic" }),
    sizeBytes: optional(int64),
  }),
);

/** NodeCondition. */
export interface NodeCondition {
  type: string;
  status: string;
  lastHeartbeatTime?: string;
  lastTransitionTime?: string;
  reason?: string;
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

/** NodeAddress. */
export interface NodeAddress {
  type: string;
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

/** NodeStatus. */
export interface NodeStatus {
  capacity?: ResourceList;
  allocatable?: ResourceList;
  phase?: NodePhase;
  conditions?: NodeCondition[];
  addresses?: NodeAddress[];
  daemonEndpoints?: NodeDaemonEndpoints;
  nodeInfo?: NodeSystemInfo;
  images?: ContainerImage[];
  volumesInUse?: string[];
  volumesAttached?: AttachedVolume[];
  config?: NodeConfigStatus;
  runtimeHandlers?: NodeRuntimeHandler[];
  features?: NodeFeatures;
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

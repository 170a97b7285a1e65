import { type ContainerStatus, containerStatus } from "./container_status.ts";
import {
  type ResourceRequirements,
  resourceRequirements,
} from "./resource_requirements.ts";
import {
  type Field,
  int64,
  list,
  map,
  named,
  object,
  optional,
  pointer,
  quantity,
  type ResourceList,
  resourceList,
  str,
  time,
} from "./schema/words.ts";

/** PodPhase. */
export type PodPhase =
  | "Pending"
  | "Running"
  | "Succeeded"
  | "Failed"
  | "Unknown";

/** PodQOSClass. */
export type PodQOSClass = "Guaranteed" | "Burstable" | "BestEffort";

/** PodCondition. */
export interface PodCondition {
  type: string;
  observedGeneration?: number;
  status: string;
  lastProbeTime?: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

/** Schema of {@linkcode PodCondition}. */
export const podCondition: Field<PodCondition> = object<PodCondition>(
  "io.k8s.api.core.v1.PodCondition",
  () => ({
    type: named("v1.PodConditionType"),
    observedGeneration: optional(int64),
    status: named("v1.ConditionStatus"),
    lastProbeTime: optional(time),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** PodIP. */
export interface PodIP {
  ip: string;
}

/** Schema of {@linkcode PodIP}. */
export const podIP: Field<PodIP> = object<PodIP>(
  "io.k8s.api.core.v1.PodIP",
  () => ({
    ip: str,
  }),
);

/** HostIP. */
export interface HostIP {
  ip: string;
}

/** Schema of {@linkcode HostIP}. */
export const hostIP: Field<HostIP> = object<HostIP>(
  "io.k8s.api.core.v1.HostIP",
  () => ({
    ip: str,
  }),
);

/** PodResourceClaimStatus. */
export interface PodResourceClaimStatus {
  name: string;
  resourceClaimName?: string;
}

/** Schema of {@linkcode PodResourceClaimStatus}. */
export const podResourceClaimStatus: Field<PodResourceClaimStatus> = object<
  PodResourceClaimStatus
>(
  "io.k8s.api.core.v1.PodResourceClaimStatus",
  () => ({
    name: str,
    resourceClaimName: pointer(str),
  }),
);

/** ContainerExtendedResourceRequest. */
export interface ContainerExtendedResourceRequest {
  containerName: string;
  resourceName: string;
  requestName: string;
}

/** Schema of {@linkcode ContainerExtendedResourceRequest}. */
export const containerExtendedResourceRequest: Field<
  ContainerExtendedResourceRequest
> = object<ContainerExtendedResourceRequest>(
  "io.k8s.api.core.v1.ContainerExtendedResourceRequest",
  () => ({
    containerName: str,
    resourceName: str,
    requestName: str,
  }),
);

/** PodExtendedResourceClaimStatus. */
export interface PodExtendedResourceClaimStatus {
  requestMappings: ContainerExtendedResourceRequest[];
  resourceClaimName: string;
}

/** Schema of {@linkcode PodExtendedResourceClaimStatus}. */
export const podExtendedResourceClaimStatus: Field<
  PodExtendedResourceClaimStatus
> = object<PodExtendedResourceClaimStatus>(
  "io.k8s.api.core.v1.PodExtendedResourceClaimStatus",
  () => ({
    requestMappings: list(containerExtendedResourceRequest, { type: "atomic" }),
    resourceClaimName: str,
  }),
);

/** NodeAllocatableResourceClaimStatus. */
export interface NodeAllocatableResourceClaimStatus {
  resourceClaimName: string;
  containers?: string[];
  resources: Record<string, string>;
}

/** Schema of {@linkcode NodeAllocatableResourceClaimStatus}. */
export const nodeAllocatableResourceClaimStatus: Field<
  NodeAllocatableResourceClaimStatus
> = object<NodeAllocatableResourceClaimStatus>(
  "io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus",
  () => ({
    resourceClaimName: str,
    containers: optional(list(str, { type: "set" })),
    resources: map(quantity),
  }),
);

/** PodStatus. */
export interface PodStatus {
  observedGeneration?: number;
  phase?: PodPhase;
  conditions?: PodCondition[];
  message?: string;
  reason?: string;
  nominatedNodeName?: string;
  hostIP?: string;
  hostIPs?: HostIP[];
  podIP?: string;
  podIPs?: PodIP[];
  startTime?: string;
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
  qosClass?: PodQOSClass;
  ephemeralContainerStatuses?: ContainerStatus[];
  resize?: string;
  resourceClaimStatuses?: PodResourceClaimStatus[];
  extendedResourceClaimStatus?: PodExtendedResourceClaimStatus;
  allocatedResources?: ResourceList;
  resources?: ResourceRequirements;
  nodeAllocatableResourceClaimStatuses?: NodeAllocatableResourceClaimStatus[];
}

/** Schema of {@linkcode PodStatus}. */
export const podStatus: Field<PodStatus> = object<PodStatus>(
  "io.k8s.api.core.v1.PodStatus",
  () => ({
    observedGeneration: optional(int64),
    phase: optional(named<PodPhase>("v1.PodPhase")),
    conditions: optional(
      list(podCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
    message: optional(str),
    reason: optional(str),
    nominatedNodeName: optional(str),
    hostIP: optional(str),
    hostIPs: optional(
      list(hostIP, { type: "atomic", strategy: "merge", mergeKey: "ip" }),
    ),
    podIP: optional(str),
    podIPs: optional(
      list(podIP, {
        type: "map",
        keys: ["ip"],
        strategy: "merge",
        mergeKey: "ip",
      }),
    ),
    startTime: pointer(time),
    initContainerStatuses: optional(list(containerStatus, { type: "atomic" })),
    containerStatuses: optional(list(containerStatus, { type: "atomic" })),
    qosClass: optional(named<PodQOSClass>("v1.PodQOSClass")),
    ephemeralContainerStatuses: optional(
      list(containerStatus, { type: "atomic" }),
    ),
    resize: optional(named("v1.PodResizeStatus")),
    resourceClaimStatuses: optional(
      list(podResourceClaimStatus, {
        type: "map",
        keys: ["name"],
        strategy: "merge,retainKeys",
        mergeKey: "name",
      }),
    ),
    extendedResourceClaimStatus: pointer(podExtendedResourceClaimStatus),
    allocatedResources: optional(resourceList),
    resources: pointer(resourceRequirements),
    nodeAllocatableResourceClaimStatuses: optional(
      list(nodeAllocatableResourceClaimStatus, { type: "atomic" }),
    ),
  }),
);

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
} from "../schema/words.ts";

/** Where a Pod is in its life. */
export type PodPhase =
  | "Pending"
  | "Running"
  | "Succeeded"
  | "Failed"
  | "Unknown";

/** How a Pod fares when memory runs short. */
export type PodQOSClass = "Guaranteed" | "Burstable" | "BestEffort";

/** One aspect of a Pod's state. */
export interface PodCondition {
  /** Name of the aspect, for example `Ready`. */
  type: string;
  /** The generation of the Pod that this was found for. */
  observedGeneration?: number;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** When it was last looked at. */
  lastProbeTime?: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
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

/** An address of a Pod. */
export interface PodIP {
  /** The address. */
  ip: string;
}

/** Schema of {@linkcode PodIP}. */
export const podIP: Field<PodIP> = object<PodIP>(
  "io.k8s.api.core.v1.PodIP",
  () => ({
    ip: str,
  }),
);

/** An address of a Pod's node. */
export interface HostIP {
  /** The address. */
  ip: string;
}

/** Schema of {@linkcode HostIP}. */
export const hostIP: Field<HostIP> = object<HostIP>(
  "io.k8s.api.core.v1.HostIP",
  () => ({
    ip: str,
  }),
);

/** The claim that was made for a Pod. */
export interface PodResourceClaimStatus {
  /** Its name in `spec.resourceClaims`. */
  name: string;
  /** The claim's name; absent when none was needed. */
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

/** Which request of a claim serves a container's resource. */
export interface ContainerExtendedResourceRequest {
  /** The container. */
  containerName: string;
  /** The resource. */
  resourceName: string;
  /** The request. */
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

/** The claim that serves extended resources. */
export interface PodExtendedResourceClaimStatus {
  /** Which request serves what. */
  requestMappings: ContainerExtendedResourceRequest[];
  /** The claim. */
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

/** What a claim takes of the node's own resources. */
export interface NodeAllocatableResourceClaimStatus {
  /** The claim. */
  resourceClaimName: string;
  /** Containers that use it. */
  containers?: string[];
  /** What it takes. */
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

/** What a Pod is and does. */
export interface PodStatus {
  /** The generation that this was found for. */
  observedGeneration?: number;
  /** Where it is in its life. */
  phase?: PodPhase;
  /** Aspects of its state. */
  conditions?: PodCondition[];
  /** Why it is as it is, for people. */
  message?: string;
  /** Why, in one word, for example `Evicted`. */
  reason?: string;
  /** The node on which room is being made for it. */
  nominatedNodeName?: string;
  /** Address of its node. */
  hostIP?: string;
  /** All addresses of its node. */
  hostIPs?: HostIP[];
  /** Its address. */
  podIP?: string;
  /** All its addresses, at most one of each family. */
  podIPs?: PodIP[];
  /** When its node took it up. */
  startTime?: string;
  /** State of its init containers. */
  initContainerStatuses?: ContainerStatus[];
  /** State of its containers. */
  containerStatuses?: ContainerStatus[];
  /** How it fares when memory runs short. */
  qosClass?: PodQOSClass;
  /** State of its ephemeral containers. */
  ephemeralContainerStatuses?: ContainerStatus[];
  /** Deprecated: how far a change of resources has come. */
  resize?: string;
  /** Claims made for it. */
  resourceClaimStatuses?: PodResourceClaimStatus[];
  /** The claim that serves its extended resources. */
  extendedResourceClaimStatus?: PodExtendedResourceClaimStatus;
  /** What the node has reserved for all of it. */
  allocatedResources?: ResourceList;
  /** What all of it really has. */
  resources?: ResourceRequirements;
  /** What its claims take of the node's own resources. */
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

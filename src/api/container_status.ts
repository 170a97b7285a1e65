import type { Signal } from "./probe.ts";
import {
  type ResourceRequirements,
  resourceRequirements,
} from "./resource_requirements.ts";
import {
  bool,
  type Field,
  int32,
  int64,
  list,
  named,
  needed,
  object,
  optional,
  pointer,
  type ResourceList,
  resourceList,
  str,
  time,
} from "./schema/words.ts";

/** ContainerStateWaiting. */
export interface ContainerStateWaiting {
  reason?: string;
  message?: string;
}

/** Schema of {@linkcode ContainerStateWaiting}. */
export const containerStateWaiting: Field<ContainerStateWaiting> = object<
  ContainerStateWaiting
>(
  "io.k8s.api.core.v1.ContainerStateWaiting",
  () => ({
    reason: optional(str),
    message: optional(str),
  }),
);

/** ContainerStateRunning. */
export interface ContainerStateRunning {
  startedAt?: string;
}

/** Schema of {@linkcode ContainerStateRunning}. */
export const containerStateRunning: Field<ContainerStateRunning> = object<
  ContainerStateRunning
>(
  "io.k8s.api.core.v1.ContainerStateRunning",
  () => ({
    startedAt: optional(time),
  }),
);

/** ContainerStateTerminated. */
export interface ContainerStateTerminated {
  exitCode: number;
  signal?: number;
  reason?: string;
  message?: string;
  startedAt?: string;
  finishedAt?: string;
  containerID?: string;
}

/** Schema of {@linkcode ContainerStateTerminated}. */
export const containerStateTerminated: Field<ContainerStateTerminated> = object<
  ContainerStateTerminated
>(
  "io.k8s.api.core.v1.ContainerStateTerminated",
  () => ({
    exitCode: int32,
    signal: optional(int32),
    reason: optional(str),
    message: optional(str),
    startedAt: optional(time),
    finishedAt: optional(time),
    containerID: optional(str),
  }),
);

/** ContainerState. */
export interface ContainerState {
  waiting?: ContainerStateWaiting;
  running?: ContainerStateRunning;
  terminated?: ContainerStateTerminated;
}

/** Schema of {@linkcode ContainerState}. */
export const containerState: Field<ContainerState> = object<ContainerState>(
  "io.k8s.api.core.v1.ContainerState",
  () => ({
    waiting: pointer(containerStateWaiting),
    running: pointer(containerStateRunning),
    terminated: pointer(containerStateTerminated),
  }),
);

/** ImageVolumeStatus. */
export interface ImageVolumeStatus {
  imageRef?: string;
}

/** Schema of {@linkcode ImageVolumeStatus}. */
export const imageVolumeStatus: Field<ImageVolumeStatus> = object<
  ImageVolumeStatus
>(
  "io.k8s.api.core.v1.ImageVolumeStatus",
  () => ({
    imageRef: needed(optional(str)),
  }),
);

/** VolumeStatus. */
export interface VolumeStatus {
  image?: ImageVolumeStatus;
}

/** Schema of {@linkcode VolumeStatus}. */
export const volumeStatus: Field<VolumeStatus> = object<VolumeStatus>(
  "io.k8s.api.core.v1.VolumeStatus",
  () => ({
    image: pointer(imageVolumeStatus),
  }),
);

/** VolumeMountStatus. */
export interface VolumeMountStatus {
  name: string;
  mountPath: string;
  readOnly?: boolean;
  recursiveReadOnly?: string;
  volumeStatus?: VolumeStatus;
}

/** Schema of {@linkcode VolumeMountStatus}. */
export const volumeMountStatus: Field<VolumeMountStatus> = object<
  VolumeMountStatus
>(
  "io.k8s.api.core.v1.VolumeMountStatus",
  () => ({
    name: str,
    mountPath: str,
    readOnly: optional(bool),
    recursiveReadOnly: pointer(named("v1.RecursiveReadOnlyMode")),
    volumeStatus: pointer(volumeStatus),
  }),
);

/** LinuxContainerUser. */
export interface LinuxContainerUser {
  uid: number;
  gid: number;
  supplementalGroups?: number[];
}

/** Schema of {@linkcode LinuxContainerUser}. */
export const linuxContainerUser: Field<LinuxContainerUser> = object<
  LinuxContainerUser
>(
  "io.k8s.api.core.v1.LinuxContainerUser",
  () => ({
    uid: int64,
    gid: int64,
    supplementalGroups: optional(list(int64, { type: "atomic" })),
  }),
);

/** ContainerUser. */
export interface ContainerUser {
  linux?: LinuxContainerUser;
}

/** Schema of {@linkcode ContainerUser}. */
export const containerUser: Field<ContainerUser> = object<ContainerUser>(
  "io.k8s.api.core.v1.ContainerUser",
  () => ({
    linux: pointer(linuxContainerUser),
  }),
);

/** ResourceHealth. */
export interface ResourceHealth {
  resourceID: string;
  health?: string;
  message?: string;
}

/** Schema of {@linkcode ResourceHealth}. */
export const resourceHealth: Field<ResourceHealth> = object<ResourceHealth>(
  "io.k8s.api.core.v1.ResourceHealth",
  () => ({
    resourceID: named("v1.ResourceID"),
    health: optional(named("v1.ResourceHealthStatus")),
    message: pointer(str),
  }),
);

/** ResourceStatus. */
export interface ResourceStatus {
  name: string;
  resources?: ResourceHealth[];
}

/** Schema of {@linkcode ResourceStatus}. */
export const resourceStatus: Field<ResourceStatus> = object<ResourceStatus>(
  "io.k8s.api.core.v1.ResourceStatus",
  () => ({
    name: named("v1.ResourceName"),
    resources: optional(
      list(resourceHealth, { type: "map", keys: ["resourceID"] }),
    ),
  }),
);

/** ContainerStatus. */
export interface ContainerStatus {
  name: string;
  state?: ContainerState;
  lastState?: ContainerState;
  ready: boolean;
  restartCount: number;
  image: string;
  imageID: string;
  containerID?: string;
  started?: boolean;
  allocatedResources?: ResourceList;
  resources?: ResourceRequirements;
  volumeMounts?: VolumeMountStatus[];
  user?: ContainerUser;
  allocatedResourcesStatus?: ResourceStatus[];
  stopSignal?: Signal;
}

/** Schema of {@linkcode ContainerStatus}. */
export const containerStatus: Field<ContainerStatus> = object<ContainerStatus>(
  "io.k8s.api.core.v1.ContainerStatus",
  () => ({
    name: str,
    state: containerState,
    lastState: containerState,
    ready: bool,
    restartCount: int32,
    image: str,
    imageID: str,
    containerID: optional(str),
    started: pointer(bool),
    allocatedResources: optional(resourceList),
    resources: pointer(resourceRequirements),
    volumeMounts: optional(
      list(volumeMountStatus, {
        type: "map",
        keys: ["mountPath"],
        strategy: "merge",
        mergeKey: "mountPath",
      }),
    ),
    user: pointer(containerUser),
    allocatedResourcesStatus: optional(
      list(resourceStatus, {
        type: "map",
        keys: ["name"],
        strategy: "merge",
        mergeKey: "name",
      }),
    ),
    stopSignal: pointer(named<Signal>("v1.Signal")),
  }),
);

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
} from "../schema/words.ts";

/** A container that does not run yet. */
export interface ContainerStateWaiting {
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
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

/** A container that runs. */
export interface ContainerStateRunning {
  /** Since when. */
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

/** A container that has ended. */
export interface ContainerStateTerminated {
  /** Its exit status. */
  exitCode: number;
  /** The signal that ended it. */
  signal?: number;
  /** Why, in one word. */
  reason?: string;
  /** Its last words. */
  message?: string;
  /** When it started. */
  startedAt?: string;
  /** When it ended. */
  finishedAt?: string;
  /** Its id, `<runtime>://<id>`. */
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

/** What a container does; at most one is set, none is waiting. */
export interface ContainerState {
  /** It does not run yet. */
  waiting?: ContainerStateWaiting;
  /** It runs. */
  running?: ContainerStateRunning;
  /** It has ended. */
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

/** An image that is mounted as a volume. */
export interface ImageVolumeStatus {
  /** The image with its digest. */
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

/** More on a mounted volume. */
export interface VolumeStatus {
  /** When it is an image. */
  image?: ImageVolumeStatus;
}

/** Schema of {@linkcode VolumeStatus}. */
export const volumeStatus: Field<VolumeStatus> = object<VolumeStatus>(
  "io.k8s.api.core.v1.VolumeStatus",
  () => ({
    image: pointer(imageVolumeStatus),
  }),
);

/** A volume as it is mounted. */
export interface VolumeMountStatus {
  /** The volume. */
  name: string;
  /** Where it is seen. */
  mountPath: string;
  /** Whether it may not be written. */
  readOnly?: boolean;
  /** Whether mounts below it are read-only as well. */
  recursiveReadOnly?: string;
  /** More on it. */
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

/** Ids of a container's first process. */
export interface LinuxContainerUser {
  /** User id. */
  uid: number;
  /** Group id. */
  gid: number;
  /** Further groups. */
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

/** Who a container's first process runs as. */
export interface ContainerUser {
  /** On Linux. */
  linux?: LinuxContainerUser;
}

/** Schema of {@linkcode ContainerUser}. */
export const containerUser: Field<ContainerUser> = object<ContainerUser>(
  "io.k8s.api.core.v1.ContainerUser",
  () => ({
    linux: pointer(linuxContainerUser),
  }),
);

/** Health of one device. */
export interface ResourceHealth {
  /** The device. */
  resourceID: string;
  /** `Healthy`, `Unhealthy` or `Unknown`. */
  health?: string;
  /** More, for people. */
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

/** Health of the devices of one resource. */
export interface ResourceStatus {
  /** The resource. */
  name: string;
  /** Its devices. */
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

/** State of one container. */
export interface ContainerStatus {
  /** Its name in the spec. */
  name: string;
  /** What it does now. */
  state?: ContainerState;
  /** What it did before its last restart. */
  lastState?: ContainerState;
  /** Whether it may get requests. */
  ready: boolean;
  /** How often it was restarted. */
  restartCount: number;
  /** The image that it runs. */
  image: string;
  /** The image's digest. */
  imageID: string;
  /** Its id, `<runtime>://<id>`. */
  containerID?: string;
  /** Whether it has started: after postStart and the startup probe. */
  started?: boolean;
  /** What the node has reserved for it. */
  allocatedResources?: ResourceList;
  /** What it really has. */
  resources?: ResourceRequirements;
  /** Its volumes as they are mounted. */
  volumeMounts?: VolumeMountStatus[];
  /** Who it runs as. */
  user?: ContainerUser;
  /** Health of its devices. */
  allocatedResourcesStatus?: ResourceStatus[];
  /** The signal that tells it to end. */
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

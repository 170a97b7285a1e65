import {
  type EnvFromSource,
  envFromSource,
  type EnvVar,
  envVar,
} from "./env.ts";
import { type Lifecycle, lifecycle, type Probe, probe } from "./probe.ts";
import {
  type ContainerResizePolicy,
  containerResizePolicy,
  type ResourceRequirements,
  resourceRequirements,
} from "./resource_requirements.ts";
import { type SecurityContext, securityContext } from "./security_context.ts";
import {
  bool,
  defaulted,
  type Field,
  type Fields,
  int32,
  list,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";

/** A transport protocol. */
export type Protocol = "TCP" | "UDP" | "SCTP";

/** Whether mounts made later are seen on the other side. */
export type MountPropagationMode = "None" | "HostToContainer" | "Bidirectional";

/** Where the last words of a container come from. */
export type TerminationMessagePolicy = "File" | "FallbackToLogsOnError";

/** When an image is pulled. */
export type PullPolicy = "Always" | "Never" | "IfNotPresent";

/** A port that a container listens on. */
export interface ContainerPort {
  /** A name that Services may refer to. */
  name?: string;
  /** Port of the node that leads here; absent is none. */
  hostPort?: number;
  /** The port in the Pod. */
  containerPort: number;
  /** TCP, UDP or SCTP. Default: TCP. */
  protocol?: Protocol;
  /** Address of the node that the host port is bound to. */
  hostIP?: string;
}

/** Schema of {@linkcode ContainerPort}. */
export const containerPort: Field<ContainerPort> = object<ContainerPort>(
  "io.k8s.api.core.v1.ContainerPort",
  () => ({
    name: optional(str),
    hostPort: optional(int32),
    containerPort: int32,
    protocol: defaulted(optional(named<Protocol>("v1.Protocol")), "TCP"),
    hostIP: optional(str),
  }),
);

/** Where a volume is seen in a container. */
export interface VolumeMount {
  /** The volume. */
  name: string;
  /** Whether it may not be written. */
  readOnly?: boolean;
  /** Whether mounts below it are read-only as well. */
  recursiveReadOnly?: string;
  /** Where it is seen; without a colon. */
  mountPath: string;
  /** Only this folder or file of the volume. */
  subPath?: string;
  /** Whether mounts made later are seen on the other side. Default: None. */
  mountPropagation?: MountPropagationMode;
  /** Like `subPath`, with `$(NAME)` of environment variables. */
  subPathExpr?: string;
}

/** Schema of {@linkcode VolumeMount}. */
export const volumeMount: Field<VolumeMount> = object<VolumeMount>(
  "io.k8s.api.core.v1.VolumeMount",
  () => ({
    name: str,
    readOnly: optional(bool),
    recursiveReadOnly: pointer(named("v1.RecursiveReadOnlyMode")),
    mountPath: str,
    subPath: optional(str),
    mountPropagation: pointer(
      named<MountPropagationMode>("v1.MountPropagationMode"),
    ),
    subPathExpr: optional(str),
  }),
);

/** A volume as a raw device in a container. */
export interface VolumeDevice {
  /** The volume, from a claim. */
  name: string;
  /** The device's path. */
  devicePath: string;
}

/** Schema of {@linkcode VolumeDevice}. */
export const volumeDevice: Field<VolumeDevice> = object<VolumeDevice>(
  "io.k8s.api.core.v1.VolumeDevice",
  () => ({
    name: str,
    devicePath: str,
  }),
);

/** Compares an exit status. */
export interface ContainerRestartRuleOnExitCodes {
  /** `In` or `NotIn`. */
  operator?: string;
  /** Exit statuses, at most 255. */
  values?: number[];
}

/** Schema of {@linkcode ContainerRestartRuleOnExitCodes}. */
export const containerRestartRuleOnExitCodes: Field<
  ContainerRestartRuleOnExitCodes
> = object<ContainerRestartRuleOnExitCodes>(
  "io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes",
  () => ({
    operator: needed(
      optional(named("v1.ContainerRestartRuleOnExitCodesOperator")),
    ),
    values: optional(list(int32, { type: "set" })),
  }),
);

/** What happens when a container ends in a certain way. */
export interface ContainerRestartRule {
  /** `Restart`, or `RestartAllContainers`. */
  action?: string;
  /** The exit statuses that it is for. */
  exitCodes?: ContainerRestartRuleOnExitCodes;
}

/** Schema of {@linkcode ContainerRestartRule}. */
export const containerRestartRule: Field<ContainerRestartRule> = object<
  ContainerRestartRule
>(
  "io.k8s.api.core.v1.ContainerRestartRule",
  () => ({
    action: needed(optional(named("v1.ContainerRestartRuleAction"))),
    exitCodes: pointer(containerRestartRuleOnExitCodes),
  }),
);

/** A program in a Pod, with its image and its share of the node. */
export interface Container {
  /** Name, a DNS label, unique in the Pod; cannot change. */
  name: string;
  /** The image to run. */
  image?: string;
  /** Program and first arguments instead of the image's entry point; `$(NAME)` refers to variables. */
  command?: string[];
  /** Arguments instead of the image's. */
  args?: string[];
  /** Working folder. Default: the image's. */
  workingDir?: string;
  /** Ports that it listens on; a note for readers and Services. */
  ports?: ContainerPort[];
  /** Many environment variables at once. */
  envFrom?: EnvFromSource[];
  /** Environment variables; these win. */
  env?: EnvVar[];
  /** What is reserved and what may be used at most. */
  resources?: ResourceRequirements;
  /** What a change of resources means while it runs. */
  resizePolicy?: ContainerResizePolicy[];
  /** When it is restarted; `Always` on an init container makes it a sidecar. Default: the Pod's. */
  restartPolicy?: string;
  /** Exceptions by exit status; the first that fits counts. */
  restartPolicyRules?: ContainerRestartRule[];
  /** Volumes that it sees. */
  volumeMounts?: VolumeMount[];
  /** Volumes that it has as raw devices. */
  volumeDevices?: VolumeDevice[];
  /** Tells when it must be restarted. */
  livenessProbe?: Probe;
  /** Tells when it may get requests. */
  readinessProbe?: Probe;
  /** Tells when it has started; the other probes wait for that. */
  startupProbe?: Probe;
  /** What is done at its start and end. */
  lifecycle?: Lifecycle;
  /** File with its last words. Default: `/dev/termination-log`. */
  terminationMessagePath?: string;
  /** Whether the end of its log counts when that file is empty. Default: File. */
  terminationMessagePolicy?: TerminationMessagePolicy;
  /** When its image is pulled. Default: Always for `latest`, else IfNotPresent. */
  imagePullPolicy?: PullPolicy;
  /** Its rights. */
  securityContext?: SecurityContext;
  /** Whether it has an open standard input. */
  stdin?: boolean;
  /** Whether standard input closes after the first client. */
  stdinOnce?: boolean;
  /** Whether it has a terminal. */
  tty?: boolean;
}

const containerFields = (): Fields<Container> => ({
  name: str,
  image: optional(str),
  command: optional(list(str, { type: "atomic" })),
  args: optional(list(str, { type: "atomic" })),
  workingDir: optional(str),
  ports: optional(
    list(containerPort, {
      type: "map",
      keys: ["containerPort", "protocol"],
      strategy: "merge",
      mergeKey: "containerPort",
    }),
  ),
  envFrom: optional(list(envFromSource, { type: "atomic" })),
  env: optional(
    list(envVar, {
      type: "map",
      keys: ["name"],
      strategy: "merge",
      mergeKey: "name",
    }),
  ),
  resources: resourceRequirements,
  resizePolicy: optional(list(containerResizePolicy, { type: "atomic" })),
  restartPolicy: pointer(named("v1.ContainerRestartPolicy")),
  restartPolicyRules: optional(
    list(containerRestartRule, { type: "atomic" }),
  ),
  volumeMounts: optional(
    list(volumeMount, {
      type: "map",
      keys: ["mountPath"],
      strategy: "merge",
      mergeKey: "mountPath",
    }),
  ),
  volumeDevices: optional(
    list(volumeDevice, {
      type: "map",
      keys: ["devicePath"],
      strategy: "merge",
      mergeKey: "devicePath",
    }),
  ),
  livenessProbe: pointer(probe),
  readinessProbe: pointer(probe),
  startupProbe: pointer(probe),
  lifecycle: pointer(lifecycle),
  terminationMessagePath: optional(str),
  terminationMessagePolicy: optional(
    named<TerminationMessagePolicy>("v1.TerminationMessagePolicy"),
  ),
  imagePullPolicy: optional(named<PullPolicy>("v1.PullPolicy")),
  securityContext: pointer(securityContext),
  stdin: optional(bool),
  stdinOnce: optional(bool),
  tty: optional(bool),
});

/** Schema of {@linkcode Container}. */
export const container: Field<Container> = object<Container>(
  "io.k8s.api.core.v1.Container",
  containerFields,
);

/** A container that is put into a running Pod to look around; never restarted. */
export interface EphemeralContainer extends Container {
  /** The container whose processes it sees. */
  targetContainerName?: string;
}

/** Schema of {@linkcode EphemeralContainer}. */
export const ephemeralContainer: Field<EphemeralContainer> = object<
  EphemeralContainer
>(
  "io.k8s.api.core.v1.EphemeralContainer",
  () => ({ ...containerFields(), targetContainerName: optional(str) }),
);

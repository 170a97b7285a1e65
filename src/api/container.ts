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
  type Field,
  int32,
  list,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
} from "./schema/words.ts";

/** Protocol. */
export type Protocol = "TCP" | "UDP" | "SCTP";

/** MountPropagationMode. */
export type MountPropagationMode = "None" | "HostToContainer" | "Bidirectional";

/** TerminationMessagePolicy. */
export type TerminationMessagePolicy = "File" | "FallbackToLogsOnError";

/** PullPolicy. */
export type PullPolicy = "Always" | "Never" | "IfNotPresent";

/** ContainerPort. */
export interface ContainerPort {
  name?: string;
  hostPort?: number;
  containerPort: number;
  protocol?: Protocol;
  hostIP?: string;
}

/** Schema of {@linkcode ContainerPort}. */
export const containerPort: Field<ContainerPort> = object<ContainerPort>(
  "io.k8s.api.core.v1.ContainerPort",
  () => ({
    name: optional(str),
    hostPort: optional(int32),
    containerPort: int32,
    protocol: optional(named<Protocol>("v1.Protocol")),
    hostIP: optional(str),
  }),
);

/** VolumeMount. */
export interface VolumeMount {
  name: string;
  readOnly?: boolean;
  recursiveReadOnly?: string;
  mountPath: string;
  subPath?: string;
  mountPropagation?: MountPropagationMode;
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

/** VolumeDevice. */
export interface VolumeDevice {
  name: string;
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

/** ContainerRestartRuleOnExitCodes. */
export interface ContainerRestartRuleOnExitCodes {
  operator?: string;
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

/** ContainerRestartRule. */
export interface ContainerRestartRule {
  action?: string;
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

/** Container. */
export interface Container {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  workingDir?: string;
  ports?: ContainerPort[];
  envFrom?: EnvFromSource[];
  env?: EnvVar[];
  resources?: ResourceRequirements;
  resizePolicy?: ContainerResizePolicy[];
  restartPolicy?: string;
  restartPolicyRules?: ContainerRestartRule[];
  volumeMounts?: VolumeMount[];
  volumeDevices?: VolumeDevice[];
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: Lifecycle;
  terminationMessagePath?: string;
  terminationMessagePolicy?: TerminationMessagePolicy;
  imagePullPolicy?: PullPolicy;
  securityContext?: SecurityContext;
  stdin?: boolean;
  stdinOnce?: boolean;
  tty?: boolean;
}

/** Schema of {@linkcode Container}. */
export const container: Field<Container> = object<Container>(
  "io.k8s.api.core.v1.Container",
  () => ({
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
  }),
);

/** EphemeralContainer. */
export interface EphemeralContainer {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  workingDir?: string;
  ports?: ContainerPort[];
  envFrom?: EnvFromSource[];
  env?: EnvVar[];
  resources?: ResourceRequirements;
  resizePolicy?: ContainerResizePolicy[];
  restartPolicy?: string;
  restartPolicyRules?: ContainerRestartRule[];
  volumeMounts?: VolumeMount[];
  volumeDevices?: VolumeDevice[];
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: Lifecycle;
  terminationMessagePath?: string;
  terminationMessagePolicy?: TerminationMessagePolicy;
  imagePullPolicy?: PullPolicy;
  securityContext?: SecurityContext;
  stdin?: boolean;
  stdinOnce?: boolean;
  tty?: boolean;
  targetContainerName?: string;
}

/** Schema of {@linkcode EphemeralContainer}. */
export const ephemeralContainer: Field<EphemeralContainer> = object<
  EphemeralContainer
>(
  "io.k8s.api.core.v1.EphemeralContainer",
  () => ({
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
    targetContainerName: optional(str),
  }),
);

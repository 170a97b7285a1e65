import { type Affinity, affinity } from "./affinity.ts";
import {
  type Container,
  container,
  type EphemeralContainer,
  ephemeralContainer,
} from "./container.ts";
import {
  type LocalObjectReference,
  localObjectReference,
} from "./reference.ts";
import {
  type ResourceRequirements,
  resourceRequirements,
} from "./resource_requirements.ts";
import {
  type PodSecurityContext,
  podSecurityContext,
} from "./security_context.ts";
import {
  type Toleration,
  toleration,
  type TopologySpreadConstraint,
  topologySpreadConstraint,
} from "./toleration.ts";
import { type Volume, volume } from "./volume.ts";
import {
  atomic,
  bool,
  type Field,
  int32,
  int64,
  list,
  map,
  named,
  object,
  optional,
  pointer,
  type ResourceList,
  resourceList,
  str,
} from "./schema/words.ts";

/** RestartPolicy. */
export type RestartPolicy = "Always" | "OnFailure" | "Never";

/** DNSPolicy. */
export type DNSPolicy =
  | "ClusterFirstWithHostNet"
  | "ClusterFirst"
  | "Default"
  | "None";

/** PreemptionPolicy. */
export type PreemptionPolicy = "PreemptLowerPriority" | "Never";

/** HostAlias. */
export interface HostAlias {
  ip: string;
  hostnames?: string[];
}

/** Schema of {@linkcode HostAlias}. */
export const hostAlias: Field<HostAlias> = object<HostAlias>(
  "io.k8s.api.core.v1.HostAlias",
  () => ({
    ip: str,
    hostnames: optional(list(str, { type: "atomic" })),
  }),
);

/** PodDNSConfigOption. */
export interface PodDNSConfigOption {
  name?: string;
  value?: string;
}

/** Schema of {@linkcode PodDNSConfigOption}. */
export const podDNSConfigOption: Field<PodDNSConfigOption> = object<
  PodDNSConfigOption
>(
  "io.k8s.api.core.v1.PodDNSConfigOption",
  () => ({
    name: optional(str),
    value: pointer(str),
  }),
);

/** PodDNSConfig. */
export interface PodDNSConfig {
  nameservers?: string[];
  searches?: string[];
  options?: PodDNSConfigOption[];
}

/** Schema of {@linkcode PodDNSConfig}. */
export const podDNSConfig: Field<PodDNSConfig> = object<PodDNSConfig>(
  "io.k8s.api.core.v1.PodDNSConfig",
  () => ({
    nameservers: optional(list(str, { type: "atomic" })),
    searches: optional(list(str, { type: "atomic" })),
    options: optional(list(podDNSConfigOption, { type: "atomic" })),
  }),
);

/** PodReadinessGate. */
export interface PodReadinessGate {
  conditionType: string;
}

/** Schema of {@linkcode PodReadinessGate}. */
export const podReadinessGate: Field<PodReadinessGate> = object<
  PodReadinessGate
>(
  "io.k8s.api.core.v1.PodReadinessGate",
  () => ({
    conditionType: named("v1.PodConditionType"),
  }),
);

/** PodOS. */
export interface PodOS {
  name: string;
}

/** Schema of {@linkcode PodOS}. */
export const podOS: Field<PodOS> = object<PodOS>(
  "io.k8s.api.core.v1.PodOS",
  () => ({
    name: named("v1.OSName"),
  }),
);

/** PodSchedulingGate. */
export interface PodSchedulingGate {
  name: string;
}

/** Schema of {@linkcode PodSchedulingGate}. */
export const podSchedulingGate: Field<PodSchedulingGate> = object<
  PodSchedulingGate
>(
  "io.k8s.api.core.v1.PodSchedulingGate",
  () => ({
    name: str,
  }),
);

/** PodSchedulingGroup. */
export interface PodSchedulingGroup {
  podGroupName?: string;
}

/** Schema of {@linkcode PodSchedulingGroup}. */
export const podSchedulingGroup: Field<PodSchedulingGroup> = object<
  PodSchedulingGroup
>(
  "io.k8s.api.core.v1.PodSchedulingGroup",
  () => ({
    podGroupName: pointer(str),
  }),
);

/** PodResourceClaim. */
export interface PodResourceClaim {
  name: string;
  resourceClaimName?: string;
  resourceClaimTemplateName?: string;
}

/** Schema of {@linkcode PodResourceClaim}. */
export const podResourceClaim: Field<PodResourceClaim> = object<
  PodResourceClaim
>(
  "io.k8s.api.core.v1.PodResourceClaim",
  () => ({
    name: str,
    resourceClaimName: pointer(str),
    resourceClaimTemplateName: pointer(str),
  }),
);

/** PodSpec. */
export interface PodSpec {
  volumes?: Volume[];
  initContainers?: Container[];
  containers: Container[];
  ephemeralContainers?: EphemeralContainer[];
  restartPolicy?: RestartPolicy;
  terminationGracePeriodSeconds?: number;
  activeDeadlineSeconds?: number;
  dnsPolicy?: DNSPolicy;
  nodeSelector?: Record<string, string>;
  serviceAccountName?: string;
  serviceAccount?: string;
  automountServiceAccountToken?: boolean;
  nodeName?: string;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  shareProcessNamespace?: boolean;
  securityContext?: PodSecurityContext;
  imagePullSecrets?: LocalObjectReference[];
  hostname?: string;
  subdomain?: string;
  affinity?: Affinity;
  schedulerName?: string;
  tolerations?: Toleration[];
  hostAliases?: HostAlias[];
  priorityClassName?: string;
  priority?: number;
  dnsConfig?: PodDNSConfig;
  readinessGates?: PodReadinessGate[];
  runtimeClassName?: string;
  enableServiceLinks?: boolean;
  preemptionPolicy?: PreemptionPolicy;
  overhead?: ResourceList;
  topologySpreadConstraints?: TopologySpreadConstraint[];
  setHostnameAsFQDN?: boolean;
  os?: PodOS;
  hostUsers?: boolean;
  schedulingGates?: PodSchedulingGate[];
  resourceClaims?: PodResourceClaim[];
  resources?: ResourceRequirements;
  hostnameOverride?: string;
  schedulingGroup?: PodSchedulingGroup;
}

/** Schema of {@linkcode PodSpec}. */
export const podSpec: Field<PodSpec> = object<PodSpec>(
  "io.k8s.api.core.v1.PodSpec",
  () => ({
    volumes: optional(
      list(volume, {
        type: "map",
        keys: ["name"],
        strategy: "merge,retainKeys",
        mergeKey: "name",
      }),
    ),
    initContainers: optional(
      list(container, {
        type: "map",
        keys: ["name"],
        strategy: "merge",
        mergeKey: "name",
      }),
    ),
    containers: list(container, {
      type: "map",
      keys: ["name"],
      strategy: "merge",
      mergeKey: "name",
    }),
    ephemeralContainers: optional(
      list(ephemeralContainer, {
        type: "map",
        keys: ["name"],
        strategy: "merge",
        mergeKey: "name",
      }),
    ),
    restartPolicy: optional(named<RestartPolicy>("v1.RestartPolicy")),
    terminationGracePeriodSeconds: pointer(int64),
    activeDeadlineSeconds: pointer(int64),
    dnsPolicy: optional(named<DNSPolicy>("v1.DNSPolicy")),
    nodeSelector: optional(atomic(map(str))),
    serviceAccountName: optional(str),
    serviceAccount: optional(str),
    automountServiceAccountToken: pointer(bool),
    nodeName: optional(str),
    hostNetwork: optional(bool),
    hostPID: optional(bool),
    hostIPC: optional(bool),
    shareProcessNamespace: pointer(bool),
    securityContext: pointer(podSecurityContext),
    imagePullSecrets: optional(
      list(localObjectReference, {
        type: "map",
        keys: ["name"],
        strategy: "merge",
        mergeKey: "name",
      }),
    ),
    hostname: optional(str),
    subdomain: optional(str),
    affinity: pointer(affinity),
    schedulerName: optional(str),
    tolerations: optional(list(toleration, { type: "atomic" })),
    hostAliases: optional(
      list(hostAlias, {
        type: "map",
        keys: ["ip"],
        strategy: "merge",
        mergeKey: "ip",
      }),
    ),
    priorityClassName: optional(str),
    priority: pointer(int32),
    dnsConfig: pointer(podDNSConfig),
    readinessGates: optional(list(podReadinessGate, { type: "atomic" })),
    runtimeClassName: pointer(str),
    enableServiceLinks: pointer(bool),
    preemptionPolicy: pointer(named<PreemptionPolicy>("v1.PreemptionPolicy")),
    overhead: optional(resourceList),
    topologySpreadConstraints: optional(
      list(topologySpreadConstraint, {
        type: "map",
        keys: ["topologyKey", "whenUnsatisfiable"],
        strategy: "merge",
        mergeKey: "topologyKey",
      }),
    ),
    setHostnameAsFQDN: pointer(bool),
    os: pointer(podOS),
    hostUsers: pointer(bool),
    schedulingGates: optional(
      list(podSchedulingGate, {
        type: "map",
        keys: ["name"],
        strategy: "merge",
        mergeKey: "name",
      }),
    ),
    resourceClaims: optional(
      list(podResourceClaim, {
        type: "map",
        keys: ["name"],
        strategy: "merge,retainKeys",
        mergeKey: "name",
      }),
    ),
    resources: pointer(resourceRequirements),
    hostnameOverride: pointer(str),
    schedulingGroup: pointer(podSchedulingGroup),
  }),
);

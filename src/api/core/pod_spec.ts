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
} from "../schema/words.ts";

/** When containers of a Pod are restarted. */
export type RestartPolicy = "Always" | "OnFailure" | "Never";

/** Where a Pod's name resolution comes from. */
export type DNSPolicy =
  | "ClusterFirstWithHostNet"
  | "ClusterFirst"
  | "Default"
  | "None";

/** Whether a Pod may push others away. */
export type PreemptionPolicy = "PreemptLowerPriority" | "Never";

/** A line of the Pod's hosts file. */
export interface HostAlias {
  /** The address. */
  ip: string;
  /** Its names. */
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

/** An option of the resolver. */
export interface PodDNSConfigOption {
  /** Its name. */
  name?: string;
  /** Its value. */
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

/** Settings of the resolver. */
export interface PodDNSConfig {
  /** Servers, beside those of the policy. */
  nameservers?: string[];
  /** Search domains, beside those of the policy. */
  searches?: string[];
  /** Options; these win. */
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

/** A further condition of readiness. */
export interface PodReadinessGate {
  /** The condition in the Pod's status that must be true. */
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

/** The operating system of a Pod. */
export interface PodOS {
  /** `linux` or `windows`. */
  name: string;
}

/** Schema of {@linkcode PodOS}. */
export const podOS: Field<PodOS> = object<PodOS>(
  "io.k8s.api.core.v1.PodOS",
  () => ({
    name: named("v1.OSName"),
  }),
);

/** Keeps a Pod from being scheduled. */
export interface PodSchedulingGate {
  /** Who keeps it. */
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

/** Pods that are scheduled together. */
export interface PodSchedulingGroup {
  /** Name of the group. */
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

/** A claim that containers of the Pod may use; exactly one source is set. */
export interface PodResourceClaim {
  /** Its name in the Pod. */
  name: string;
  /** A claim that is there. */
  resourceClaimName?: string;
  /** A template that one is made from. */
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

/** What a Pod is to be. */
export interface PodSpec {
  /** Files that containers share. */
  volumes?: Volume[];
  /** Containers that run one after the other before the others. */
  initContainers?: Container[];
  /** The containers; at least one. */
  containers: Container[];
  /** Containers that were put in to look around. */
  ephemeralContainers?: EphemeralContainer[];
  /** When containers are restarted. Default: Always. */
  restartPolicy?: RestartPolicy;
  /** Seconds between TERM and KILL. Default: 30. */
  terminationGracePeriodSeconds?: number;
  /** Seconds after which the Pod is ended. */
  activeDeadlineSeconds?: number;
  /** Where name resolution comes from. Default: ClusterFirst. */
  dnsPolicy?: DNSPolicy;
  /** Labels that the node must have. */
  nodeSelector?: Record<string, string>;
  /** The ServiceAccount it runs as. Default: default. */
  serviceAccountName?: string;
  /** Deprecated: the same as `serviceAccountName`. */
  serviceAccount?: string;
  /** Whether it gets a token of its ServiceAccount. */
  automountServiceAccountToken?: boolean;
  /** The node it runs on; set by the scheduler. */
  nodeName?: string;
  /** Whether it uses the node's network. */
  hostNetwork?: boolean;
  /** Whether it sees the node's processes. */
  hostPID?: boolean;
  /** Whether it shares the node's IPC. */
  hostIPC?: boolean;
  /** Whether its containers see each other's processes. */
  shareProcessNamespace?: boolean;
  /** Rights of all its containers. */
  securityContext?: PodSecurityContext;
  /** Secrets for pulling its images. */
  imagePullSecrets?: LocalObjectReference[];
  /** Its host name. Default: its name. */
  hostname?: string;
  /** The domain of its host name: `<hostname>.<subdomain>.<namespace>.svc.<cluster domain>`. */
  subdomain?: string;
  /** Where it may and should run. */
  affinity?: Affinity;
  /** Who puts it on a node. Default: default-scheduler. */
  schedulerName?: string;
  /** Taints that it tolerates. */
  tolerations?: Toleration[];
  /** Lines of its hosts file. */
  hostAliases?: HostAlias[];
  /** Class of its priority. */
  priorityClassName?: string;
  /** Its priority; set from the class. */
  priority?: number;
  /** Settings of the resolver. */
  dnsConfig?: PodDNSConfig;
  /** Further conditions of readiness. */
  readinessGates?: PodReadinessGate[];
  /** What runs it, for example `wasmtime`. Default: the node's container runtime. */
  runtimeClassName?: string;
  /** Whether it gets variables with the addresses of Services. Default: true. */
  enableServiceLinks?: boolean;
  /** Whether it may push others away. Default: PreemptLowerPriority. */
  preemptionPolicy?: PreemptionPolicy;
  /** What running it costs beside its containers; set from the runtime class. */
  overhead?: ResourceList;
  /** How evenly Pods like it are spread. */
  topologySpreadConstraints?: TopologySpreadConstraint[];
  /** Whether its host name is the full one. */
  setHostnameAsFQDN?: boolean;
  /** Its operating system. */
  os?: PodOS;
  /** Whether it uses the node's user ids. Default: true. */
  hostUsers?: boolean;
  /** What keeps it from being scheduled. */
  schedulingGates?: PodSchedulingGate[];
  /** Claims that its containers may use. */
  resourceClaims?: PodResourceClaim[];
  /** What all containers together reserve and may use. */
  resources?: ResourceRequirements;
  /** Its host name, whatever else is said. */
  hostnameOverride?: string;
  /** Pods that it is scheduled together with. */
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

import { serviceColumns } from "../columns/service.ts";
import { defaultService } from "../defaults/service.ts";
import { defineKind } from "../define.ts";
import { warnOfService } from "../warnings/service.ts";
import {
  prepareServiceForCreate,
  prepareServiceForUpdate,
} from "./service_fields.ts";
import {
  validateService,
  validateServiceStatus,
} from "../validation/service.ts";
import { validateServiceUpdate } from "../validation/service_ips.ts";
import type { Kind } from "../kind.ts";
import { dnsLabel } from "../validation/names.ts";
import type { Protocol } from "./container.ts";
import type { KubeObject } from "../kind.ts";
import { type Condition, condition, objectMeta } from "../meta.ts";
import {
  atomic,
  bool,
  defaulted,
  type Field,
  int32,
  type IntOrString,
  intOrString,
  list,
  map,
  named,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";

/** How a Service is reached. */
export type ServiceType =
  | "ClusterIP"
  | "NodePort"
  | "LoadBalancer"
  | "ExternalName";

/** Whether a client stays with one endpoint. */
export type ServiceAffinity = "ClientIP" | "None";

/** Which endpoints traffic from outside may go to. */
export type ServiceExternalTrafficPolicy = "Cluster" | "Local";

/** A version of IP. */
export type IPFamily = "IPv4" | "IPv6" | "";

/** Whether a Service has addresses of both families. */
export type IPFamilyPolicy =
  | "SingleStack"
  | "PreferDualStack"
  | "RequireDualStack";

/** Which endpoints traffic from inside may go to. */
export type ServiceInternalTrafficPolicy = "Cluster" | "Local";

/** How a client's address keeps it with one endpoint. */
export interface ClientIPConfig {
  /** For how many seconds. Default: 10800. */
  timeoutSeconds?: number;
}

/** Schema of {@linkcode ClientIPConfig}. */
export const clientIPConfig: Field<ClientIPConfig> = object<ClientIPConfig>(
  "io.k8s.api.core.v1.ClientIPConfig",
  () => ({
    timeoutSeconds: pointer(int32),
  }),
);

/** How a client stays with one endpoint. */
export interface SessionAffinityConfig {
  /** By its address. */
  clientIP?: ClientIPConfig;
}

/** Schema of {@linkcode SessionAffinityConfig}. */
export const sessionAffinityConfig: Field<SessionAffinityConfig> = object<
  SessionAffinityConfig
>(
  "io.k8s.api.core.v1.SessionAffinityConfig",
  () => ({
    clientIP: pointer(clientIPConfig),
  }),
);

/** State of a load balancer's port. */
export interface PortStatus {
  /** The port. */
  port: number;
  /** TCP, UDP or SCTP. */
  protocol: Protocol;
  /** What is wrong with it, in one word. */
  error?: string;
}

/** Schema of {@linkcode PortStatus}. */
export const portStatus: Field<PortStatus> = object<PortStatus>(
  "io.k8s.api.core.v1.PortStatus",
  () => ({
    port: int32,
    protocol: named<Protocol>("v1.Protocol"),
    error: pointer(str),
  }),
);

/** An address of a load balancer. */
export interface LoadBalancerIngress {
  /** The address. */
  ip?: string;
  /** Or a name. */
  hostname?: string;
  /** `VIP` or `Proxy`. Default: VIP. */
  ipMode?: string;
  /** State of its ports. */
  ports?: PortStatus[];
}

/** Schema of {@linkcode LoadBalancerIngress}. */
export const loadBalancerIngress: Field<LoadBalancerIngress> = object<
  LoadBalancerIngress
>(
  "io.k8s.api.core.v1.LoadBalancerIngress",
  () => ({
    ip: optional(str),
    hostname: optional(str),
    ipMode: pointer(named("v1.LoadBalancerIPMode")),
    ports: optional(list(portStatus, { type: "atomic" })),
  }),
);

/** State of a load balancer. */
export interface LoadBalancerStatus {
  /** Its addresses. */
  ingress?: LoadBalancerIngress[];
}

/** Schema of {@linkcode LoadBalancerStatus}. */
export const loadBalancerStatus: Field<LoadBalancerStatus> = object<
  LoadBalancerStatus
>(
  "io.k8s.api.core.v1.LoadBalancerStatus",
  () => ({
    ingress: optional(list(loadBalancerIngress, { type: "atomic" })),
  }),
);

/** What a Service has got. */
export interface ServiceStatus {
  /** Its load balancer. */
  loadBalancer?: LoadBalancerStatus;
  /** Aspects of its state. */
  conditions?: Condition[];
}

/** Schema of {@linkcode ServiceStatus}. */
export const serviceStatus: Field<ServiceStatus> = object<ServiceStatus>(
  "io.k8s.api.core.v1.ServiceStatus",
  () => ({
    loadBalancer: loadBalancerStatus,
    conditions: optional(
      list(condition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
  }),
);

/** A port of a Service. */
export interface ServicePort {
  /** Name; needed when there are several. */
  name?: string;
  /** TCP, UDP or SCTP. Default: TCP. */
  protocol?: Protocol;
  /** What is spoken on it, for example `kubernetes.io/h2c`. */
  appProtocol?: string;
  /** The port. */
  port: number;
  /** Number or name of the Pods' port. Default: the same number. */
  targetPort?: IntOrString;
  /** Port on every node, for types that have one. */
  nodePort?: number;
}

/** Schema of {@linkcode ServicePort}. */
export const servicePort: Field<ServicePort> = object<ServicePort>(
  "io.k8s.api.core.v1.ServicePort",
  () => ({
    name: optional(str),
    protocol: defaulted(optional(named<Protocol>("v1.Protocol")), "TCP"),
    appProtocol: pointer(str),
    port: int32,
    targetPort: optional(intOrString),
    nodePort: optional(int32),
  }),
);

/** What a Service is to be. */
export interface ServiceSpec {
  /** Its ports. */
  ports?: ServicePort[];
  /** Labels of the Pods behind it; without it the endpoints are somebody else's work. */
  selector?: Record<string, string>;
  /** Its address; `None` is none at all; allocated when absent. */
  clusterIP?: string;
  /** Its addresses; the first is `clusterIP`. */
  clusterIPs?: string[];
  /** How it is reached. Default: ClusterIP. */
  type?: ServiceType;
  /** Further addresses that lead to it. */
  externalIPs?: string[];
  /** Whether a client stays with one endpoint. Default: None. */
  sessionAffinity?: ServiceAffinity;
  /** Deprecated: the address that the load balancer should have. */
  loadBalancerIP?: string;
  /** Networks that may use the load balancer. */
  loadBalancerSourceRanges?: string[];
  /** The name that it stands for, for `ExternalName`. */
  externalName?: string;
  /** Which endpoints traffic from outside may go to. Default: Cluster. */
  externalTrafficPolicy?: ServiceExternalTrafficPolicy;
  /** Port that tells a load balancer whether a node has endpoints. */
  healthCheckNodePort?: number;
  /** Whether endpoints count that are not ready. */
  publishNotReadyAddresses?: boolean;
  /** How a client stays with one endpoint. */
  sessionAffinityConfig?: SessionAffinityConfig;
  /** Families of its addresses. */
  ipFamilies?: IPFamily[];
  /** Whether it has addresses of both families. */
  ipFamilyPolicy?: IPFamilyPolicy;
  /** Whether a load balancer needs node ports. Default: true. */
  allocateLoadBalancerNodePorts?: boolean;
  /** Who makes the load balancer. */
  loadBalancerClass?: string;
  /** Which endpoints traffic from inside may go to. Default: Cluster. */
  internalTrafficPolicy?: ServiceInternalTrafficPolicy;
  /** Which endpoints are better: `PreferSameZone`, `PreferSameNode`. */
  trafficDistribution?: string;
}

/** Schema of {@linkcode ServiceSpec}. */
export const serviceSpec: Field<ServiceSpec> = object<ServiceSpec>(
  "io.k8s.api.core.v1.ServiceSpec",
  () => ({
    ports: optional(
      list(servicePort, {
        type: "map",
        keys: ["port", "protocol"],
        strategy: "merge",
        mergeKey: "port",
      }),
    ),
    selector: optional(atomic(map(str))),
    clusterIP: optional(str),
    clusterIPs: optional(list(str, { type: "atomic" })),
    type: optional(named<ServiceType>("v1.ServiceType")),
    externalIPs: optional(list(str, { type: "atomic" })),
    sessionAffinity: optional(named<ServiceAffinity>("v1.ServiceAffinity")),
    loadBalancerIP: optional(str),
    loadBalancerSourceRanges: optional(list(str, { type: "atomic" })),
    externalName: optional(str),
    externalTrafficPolicy: optional(
      named<ServiceExternalTrafficPolicy>("v1.ServiceExternalTrafficPolicy"),
    ),
    healthCheckNodePort: optional(int32),
    publishNotReadyAddresses: optional(bool),
    sessionAffinityConfig: pointer(sessionAffinityConfig),
    ipFamilies: optional(
      list(named<IPFamily>("v1.IPFamily"), { type: "atomic" }),
    ),
    ipFamilyPolicy: pointer(named<IPFamilyPolicy>("v1.IPFamilyPolicy")),
    allocateLoadBalancerNodePorts: pointer(bool),
    loadBalancerClass: pointer(str),
    internalTrafficPolicy: pointer(
      named<ServiceInternalTrafficPolicy>("v1.ServiceInternalTrafficPolicy"),
    ),
    trafficDistribution: pointer(str),
  }),
);

/** A stable address in front of Pods. */
export interface Service extends KubeObject {
  /** What it is to be. */
  spec: ServiceSpec;
  /** What it has got. */
  status?: ServiceStatus;
}

/** Schema of {@linkcode Service}. */
export const service: Field<Service> = object<Service>(
  "io.k8s.api.core.v1.Service",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: serviceSpec,
    status: serviceStatus,
  }),
);

/** Stable addresses in front of Pods. */
export const services: Kind<Service> = defineKind({
  group: "",
  version: "v1",
  kind: "Service",
  plural: "services",
  namespaced: true,
  shortNames: ["svc"],
  categories: ["all"],
  subresources: ["status", "proxy"],
  nameRule: dnsLabel,
  type: service,
  setDefaults: defaultService,
  fieldSelectors: ["spec.clusterIP", "spec.type"],
  selectableFields: ({ spec }) => ({
    "spec.clusterIP": spec.clusterIP ?? "",
    "spec.type": spec.type ?? "",
  }),
  prepareForCreate: prepareServiceForCreate,
  prepareForUpdate: prepareServiceForUpdate,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatus,
  warnings: (object) => warnOfService(object),
  columns: serviceColumns,
});

import { serviceColumns } from "./columns/service.ts";
import { defaultService } from "./defaults/service.ts";
import { defineKind } from "./define.ts";
import {
  prepareServiceForCreate,
  prepareServiceForUpdate,
} from "./service_fields.ts";
import {
  validateService,
  validateServiceStatus,
} from "./validation/service.ts";
import { validateServiceUpdate } from "./validation/service_ips.ts";
import type { Kind } from "./kind.ts";
import { dnsLabel } from "./validation/names.ts";
import type { Protocol } from "./container.ts";
import type { KubeObject } from "./kind.ts";
import { type Condition, condition, objectMeta } from "./meta.ts";
import {
  atomic,
  bool,
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
} from "./schema/words.ts";

/** ServiceType. */
export type ServiceType =
  | "ClusterIP"
  | "NodePort"
  | "LoadBalancer"
  | "ExternalName";

/** ServiceAffinity. */
export type ServiceAffinity = "ClientIP" | "None";

/** ServiceExternalTrafficPolicy. */
export type ServiceExternalTrafficPolicy = "Cluster" | "Local";

/** IPFamily. */
export type IPFamily = "IPv4" | "IPv6" | "";

/** IPFamilyPolicy. */
export type IPFamilyPolicy =
  | "SingleStack"
  | "PreferDualStack"
  | "RequireDualStack";

/** ServiceInternalTrafficPolicy. */
export type ServiceInternalTrafficPolicy = "Cluster" | "Local";

/** ClientIPConfig. */
export interface ClientIPConfig {
  timeoutSeconds?: number;
}

/** Schema of {@linkcode ClientIPConfig}. */
export const clientIPConfig: Field<ClientIPConfig> = object<ClientIPConfig>(
  "io.k8s.api.core.v1.ClientIPConfig",
  () => ({
    timeoutSeconds: pointer(int32),
  }),
);

/** SessionAffinityConfig. */
export interface SessionAffinityConfig {
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

/** PortStatus. */
export interface PortStatus {
  port: number;
  protocol: Protocol;
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

/** LoadBalancerIngress. */
export interface LoadBalancerIngress {
  ip?: string;
  hostname?: string;
  ipMode?: string;
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

/** LoadBalancerStatus. */
export interface LoadBalancerStatus {
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

/** ServiceStatus. */
export interface ServiceStatus {
  loadBalancer?: LoadBalancerStatus;
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

/** ServicePort. */
export interface ServicePort {
  name?: string;
  protocol?: Protocol;
  appProtocol?: string;
  port: number;
  targetPort?: IntOrString;
  nodePort?: number;
}

/** Schema of {@linkcode ServicePort}. */
export const servicePort: Field<ServicePort> = object<ServicePort>(
  "io.k8s.api.core.v1.ServicePort",
  () => ({
    name: optional(str),
    protocol: optional(named<Protocol>("v1.Protocol")),
    appProtocol: pointer(str),
    port: int32,
    targetPort: optional(intOrString),
    nodePort: optional(int32),
  }),
);

/** ServiceSpec. */
export interface ServiceSpec {
  ports?: ServicePort[];
  selector?: Record<string, string>;
  clusterIP?: string;
  clusterIPs?: string[];
  type?: ServiceType;
  externalIPs?: string[];
  sessionAffinity?: ServiceAffinity;
  loadBalancerIP?: string;
  loadBalancerSourceRanges?: string[];
  externalName?: string;
  externalTrafficPolicy?: ServiceExternalTrafficPolicy;
  healthCheckNodePort?: number;
  publishNotReadyAddresses?: boolean;
  sessionAffinityConfig?: SessionAffinityConfig;
  ipFamilies?: IPFamily[];
  ipFamilyPolicy?: IPFamilyPolicy;
  allocateLoadBalancerNodePorts?: boolean;
  loadBalancerClass?: string;
  internalTrafficPolicy?: ServiceInternalTrafficPolicy;
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

/** Service. */
export interface Service extends KubeObject {
  spec: ServiceSpec;
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
  columns: serviceColumns,
});

import { ingressColumns } from "../columns/ingress.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  int32,
  list,
  named,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  validateIngress,
  validateIngressStatus,
} from "../validation/ingress.ts";
import { warnOfIngress } from "../warnings/ingress.ts";
import { type IngressBackend, ingressBackend } from "./ingress_backend.ts";
import { type IngressRule, ingressRule } from "./ingress_rule.ts";

/** A certificate for some hosts. */
export interface IngressTLS {
  /** Names in the certificate; absent means what the controller takes for default. */
  hosts?: string[];
  /** The Secret that holds it. */
  secretName?: string;
}

/** Schema of {@linkcode IngressTLS}. */
export const ingressTLS: Field<IngressTLS> = object<IngressTLS>(
  "io.k8s.api.networking.v1.IngressTLS",
  () => ({
    hosts: optional(list(str, { type: "atomic" })),
    secretName: optional(str),
  }),
);

/** Which requests from outside go where. */
export interface IngressSpec {
  /** The class, which tells the controller that serves it. */
  ingressClassName?: string;
  /** Where requests go that no rule meets. */
  defaultBackend?: IngressBackend;
  /** Certificates. */
  tls?: IngressTLS[];
  /** Where requests go, by host. */
  rules?: IngressRule[];
}

/** Schema of {@linkcode IngressSpec}. */
export const ingressSpec: Field<IngressSpec> = object<IngressSpec>(
  "io.k8s.api.networking.v1.IngressSpec",
  () => ({
    ingressClassName: pointer(str),
    defaultBackend: pointer(ingressBackend),
    tls: optional(list(ingressTLS, { type: "atomic" })),
    rules: optional(list(ingressRule, { type: "atomic" })),
  }),
);

/** A port of an address. */
export interface IngressPortStatus {
  /** The port. */
  port: number;
  /** TCP, UDP or SCTP. */
  protocol: string;
  /** What is wrong with it, as a word or a qualified name. */
  error?: string;
}

/** Schema of {@linkcode IngressPortStatus}. */
export const ingressPortStatus: Field<IngressPortStatus> = object<
  IngressPortStatus
>(
  "io.k8s.api.networking.v1.IngressPortStatus",
  () => ({
    port: int32,
    protocol: named("v1.Protocol"),
    error: pointer(str),
  }),
);

/** An address that leads here. */
export interface IngressLoadBalancerIngress {
  /** As an IP address. */
  ip?: string;
  /** As a name. */
  hostname?: string;
  /** Its ports. */
  ports?: IngressPortStatus[];
}

/** Schema of {@linkcode IngressLoadBalancerIngress}. */
export const ingressLoadBalancerIngress: Field<IngressLoadBalancerIngress> =
  object<IngressLoadBalancerIngress>(
    "io.k8s.api.networking.v1.IngressLoadBalancerIngress",
    () => ({
      ip: optional(str),
      hostname: optional(str),
      ports: optional(list(ingressPortStatus, { type: "atomic" })),
    }),
  );

/** Addresses that lead here. */
export interface IngressLoadBalancerStatus {
  /** The addresses. */
  ingress?: IngressLoadBalancerIngress[];
}

/** Schema of {@linkcode IngressLoadBalancerStatus}. */
export const ingressLoadBalancerStatus: Field<IngressLoadBalancerStatus> =
  object<IngressLoadBalancerStatus>(
    "io.k8s.api.networking.v1.IngressLoadBalancerStatus",
    () => ({
      ingress: optional(list(ingressLoadBalancerIngress, { type: "atomic" })),
    }),
  );

/** How it can be reached. */
export interface IngressStatus {
  /** Addresses that lead here. */
  loadBalancer?: IngressLoadBalancerStatus;
}

/** Schema of {@linkcode IngressStatus}. */
export const ingressStatus: Field<IngressStatus> = object<IngressStatus>(
  "io.k8s.api.networking.v1.IngressStatus",
  () => ({
    loadBalancer: ingressLoadBalancerStatus,
  }),
);

/** Leads requests from outside to Services. */
export interface Ingress extends KubeObject {
  /** Which requests go where. */
  spec: IngressSpec;
  /** How it can be reached. */
  status?: IngressStatus;
}

/** Schema of {@linkcode Ingress}. */
export const ingress: Field<Ingress> = object<Ingress>(
  "io.k8s.api.networking.v1.Ingress",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: ingressSpec,
    status: ingressStatus,
  }),
);

/** Leads requests from outside to Services. */
export const ingresses: Kind<Ingress> = defineKind({
  group: "networking.k8s.io",
  version: "v1",
  kind: "Ingress",
  plural: "ingresses",
  namespaced: true,
  shortNames: ["ing"],
  subresources: ["status"],
  type: ingress,
  generationOf: ({ spec }) => spec,
  validate: validateIngress,
  validateStatusUpdate: validateIngressStatus,
  warnings: warnOfIngress,
  columns: ingressColumns,
});

import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defaultNetworkPolicy } from "../defaults/network_policy.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { type LabelSelector, labelSelector, objectMeta } from "../meta.ts";
import {
  type Field,
  int32,
  type IntOrString,
  intOrString,
  list,
  named,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import { formatLabelSelector } from "../selector.ts";
import {
  validateNetworkPolicy,
  warnOfNetworkPolicy,
} from "../validation/network_policy.ts";

/** Ports that traffic may use. */
export interface NetworkPolicyPort {
  /** TCP, UDP or SCTP. Default: TCP. */
  protocol?: string;
  /** The port, or the name of a Pod's port; absent means all. */
  port?: IntOrString;
  /** The last port of a range that begins with `port`. */
  endPort?: number;
}

/** Schema of {@linkcode NetworkPolicyPort}. */
export const networkPolicyPort: Field<NetworkPolicyPort> = object<
  NetworkPolicyPort
>(
  "io.k8s.api.networking.v1.NetworkPolicyPort",
  () => ({
    protocol: pointer(named("v1.Protocol")),
    port: pointer(intOrString),
    endPort: pointer(int32),
  }),
);

/** Addresses outside the cluster. */
export interface IPBlock {
  /** The network. */
  cidr: string;
  /** Networks within it that do not count. */
  except?: string[];
}

/** Schema of {@linkcode IPBlock}. */
export const ipBlock: Field<IPBlock> = object<IPBlock>(
  "io.k8s.api.networking.v1.IPBlock",
  () => ({
    cidr: str,
    except: optional(list(str, { type: "atomic" })),
  }),
);

/** Who may talk; either labels or addresses. */
export interface NetworkPolicyPeer {
  /** Labels of Pods. */
  podSelector?: LabelSelector;
  /** Labels of their namespaces; absent means the policy's own. */
  namespaceSelector?: LabelSelector;
  /** Addresses. */
  ipBlock?: IPBlock;
}

/** Schema of {@linkcode NetworkPolicyPeer}. */
export const networkPolicyPeer: Field<NetworkPolicyPeer> = object<
  NetworkPolicyPeer
>(
  "io.k8s.api.networking.v1.NetworkPolicyPeer",
  () => ({
    podSelector: pointer(labelSelector),
    namespaceSelector: pointer(labelSelector),
    ipBlock: pointer(ipBlock),
  }),
);

/** Traffic that may come in. */
export interface NetworkPolicyIngressRule {
  /** The ports; absent means all. */
  ports?: NetworkPolicyPort[];
  /** Who may send it; absent means everybody. */
  from?: NetworkPolicyPeer[];
}

/** Schema of {@linkcode NetworkPolicyIngressRule}. */
export const networkPolicyIngressRule: Field<NetworkPolicyIngressRule> = object<
  NetworkPolicyIngressRule
>(
  "io.k8s.api.networking.v1.NetworkPolicyIngressRule",
  () => ({
    ports: optional(list(networkPolicyPort, { type: "atomic" })),
    from: optional(list(networkPolicyPeer, { type: "atomic" })),
  }),
);

/** Traffic that may go out. */
export interface NetworkPolicyEgressRule {
  /** The ports; absent means all. */
  ports?: NetworkPolicyPort[];
  /** Where it may go; absent means everywhere. */
  to?: NetworkPolicyPeer[];
}

/** Schema of {@linkcode NetworkPolicyEgressRule}. */
export const networkPolicyEgressRule: Field<NetworkPolicyEgressRule> = object<
  NetworkPolicyEgressRule
>(
  "io.k8s.api.networking.v1.NetworkPolicyEgressRule",
  () => ({
    ports: optional(list(networkPolicyPort, { type: "atomic" })),
    to: optional(list(networkPolicyPeer, { type: "atomic" })),
  }),
);

/** Which Pods may talk to whom. */
export interface NetworkPolicySpec {
  /** Labels of the Pods; empty means all of the namespace. */
  podSelector: LabelSelector;
  /** What may come in; traffic that no rule meets may not. */
  ingress?: NetworkPolicyIngressRule[];
  /** What may go out; traffic that no rule meets may not. */
  egress?: NetworkPolicyEgressRule[];
  /** Which directions it is about: `Ingress`, `Egress`. Default: Ingress, and Egress when there are rules for it. */
  policyTypes?: string[];
}

/** Schema of {@linkcode NetworkPolicySpec}. */
export const networkPolicySpec: Field<NetworkPolicySpec> = object<
  NetworkPolicySpec
>(
  "io.k8s.api.networking.v1.NetworkPolicySpec",
  () => ({
    podSelector: labelSelector,
    ingress: optional(list(networkPolicyIngressRule, { type: "atomic" })),
    egress: optional(list(networkPolicyEgressRule, { type: "atomic" })),
    policyTypes: optional(list(named("v1.PolicyType"), { type: "atomic" })),
  }),
);

/** Which traffic the Pods of a namespace may have. */
export interface NetworkPolicy extends KubeObject {
  /** Which Pods may talk to whom. */
  spec: NetworkPolicySpec;
}

/** Schema of {@linkcode NetworkPolicy}. */
export const networkPolicy: Field<NetworkPolicy> = object<NetworkPolicy>(
  "io.k8s.api.networking.v1.NetworkPolicy",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: networkPolicySpec,
  }),
);

/** Which traffic Pods may have. */
export const networkPolicies: Kind<NetworkPolicy> = defineKind({
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  namespaced: true,
  shortNames: ["netpol"],
  type: networkPolicy,
  setDefaults: defaultNetworkPolicy,
  generationOf: ({ spec }) => spec,
  validate: validateNetworkPolicy,
  warnings: warnOfNetworkPolicy,
  columns: [
    nameColumn(),
    column(
      "Pod-Selector",
      ({ spec }) => formatLabelSelector(spec.podSelector),
      { description: "Labels of the Pods" },
    ),
    ageColumn(),
  ],
});

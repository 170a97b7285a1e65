/**
 * The rules of network policies. They follow `pkg/apis/networking/validation` of Kubernetes.
 *
 * @module
 */
import { forbiddenField, invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "../networking/network_policy.ts";
import { validateLabelSelector } from "../selector.ts";
import {
  cidrWarnings,
  isStrictCidr,
  isStrictSubset,
  parseNetwork,
} from "./cidr.ts";
import { isPort, isPortName } from "./names.ts";
import { each, oneOfIfSet } from "./values.ts";

const DIRECTIONS = ["Ingress", "Egress"];

function validatePort(
  { protocol, port, endPort }: NetworkPolicyPort,
  field: string,
): FieldError[] {
  const found = oneOfIfSet(`${field}.protocol`, protocol, [
    "TCP",
    "UDP",
    "SCTP",
  ]);
  const noEnd = (why: string) =>
    endPort === undefined
      ? []
      : [invalidValue(`${field}.endPort`, endPort, why)];
  if (port === undefined) {
    return [
      ...found,
      ...noEnd("may not be specified when `port` is not specified"),
    ];
  }
  if (typeof port === "string") {
    return [
      ...found,
      ...noEnd("may not be specified when `port` is non-numeric"),
      ...each(`${field}.port`, port, isPortName(port)),
    ];
  }
  found.push(...each(`${field}.port`, port, isPort(port)));
  if (endPort === undefined) return found;
  if (endPort < port) {
    found.push(
      invalidValue(
        `${field}.endPort`,
        port,
        "must be greater than or equal to `port`",
      ),
    );
  }
  return [...found, ...each(`${field}.endPort`, endPort, isPort(endPort))];
}

function validateBlock(
  { cidr, except = [] }: IPBlock,
  field: string,
): FieldError[] {
  if (cidr === "") return [required(`${field}.cidr`)];
  const found = each(`${field}.cidr`, cidr, isStrictCidr(cidr));
  const outer = parseNetwork(cidr);
  if (outer === undefined) return found;
  except.forEach((text, i) => {
    const at = `${field}.except[${i}]`;
    found.push(...each(at, text, isStrictCidr(text)));
    const inner = parseNetwork(text);
    if (inner !== undefined && !isStrictSubset(inner, outer)) {
      found.push(
        invalidValue(at, text, "must be a strict subset of `cidr`"),
      );
    }
  });
  return found;
}

function validatePeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  field: string,
): FieldError[] {
  const found = [
    ...validateLabelSelector(podSelector, `${field}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`),
    ...(ipBlock === undefined
      ? []
      : validateBlock(ipBlock, `${field}.ipBlock`)),
  ];
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) {
    found.push(required(field, "must specify a peer"));
  } else if (selects && ipBlock !== undefined) {
    found.push(
      forbiddenField(field, "may not specify both ipBlock and another peer"),
    );
  }
  return found;
}

interface Rule {
  readonly field: string;
  readonly ports: readonly NetworkPolicyPort[];
  readonly peers: readonly NetworkPolicyPeer[];
  /** The field of the peers. */
  readonly side: "from" | "to";
}

function rulesOf({ spec }: NetworkPolicy): Rule[] {
  return [
    ...(spec.ingress ?? []).map(({ ports = [], from = [] }, i): Rule => ({
      field: `spec.ingress[${i}]`,
      ports,
      peers: from,
      side: "from",
    })),
    ...(spec.egress ?? []).map(({ ports = [], to = [] }, i): Rule => ({
      field: `spec.egress[${i}]`,
      ports,
      peers: to,
      side: "to",
    })),
  ];
}

/** The rules of a NetworkPolicy, beside those of its metadata. */
export function validateNetworkPolicy(policy: NetworkPolicy): FieldError[] {
  const { podSelector, policyTypes = [] } = policy.spec;
  const found = validateLabelSelector(podSelector, "spec.podSelector");
  for (const { field, ports, peers, side } of rulesOf(policy)) {
    ports.forEach((port, i) =>
      found.push(...validatePort(port, `${field}.ports[${i}]`))
    );
    peers.forEach((peer, i) =>
      found.push(...validatePeer(peer, `${field}.${side}[${i}]`))
    );
  }
  if (policyTypes.length > DIRECTIONS.length) {
    found.push(
      invalidValue(
        "spec.policyTypes",
        policyTypes,
        "may not specify more than two policyTypes",
      ),
    );
    return found;
  }
  policyTypes.forEach((type, i) =>
    found.push(...oneOfIfSet(`spec.policyTypes[${i}]`, type, DIRECTIONS))
  );
  return found;
}

/** Networks that could be written more clearly. */
export function warnOfNetworkPolicy(policy: NetworkPolicy): string[] {
  return rulesOf(policy).flatMap(({ field, peers, side }) =>
    peers.flatMap(({ ipBlock }, i) => {
      if (ipBlock === undefined) return [];
      const at = `${field}.${side}[${i}].ipBlock`;
      return [
        ...cidrWarnings(ipBlock.cidr, `${at}.cidr`),
        ...(ipBlock.except ?? []).flatMap((text, j) =>
          cidrWarnings(text, `${at}.except[${j}]`)
        ),
      ];
    })
  );
}

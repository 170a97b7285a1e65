/**
 * Defaults of network policies.
 *
 * @module
 */
import type { NetworkPolicy } from "../networking/network_policy.ts";

/** Fills in protocols, and the directions that the rules are about. */
export function defaultNetworkPolicy({ spec }: NetworkPolicy): void {
  for (const rule of [...spec.ingress ?? [], ...spec.egress ?? []]) {
    for (const port of rule.ports ?? []) port.protocol ??= "TCP";
  }
  spec.policyTypes ??= spec.egress === undefined
    ? ["Ingress"]
    : ["Ingress", "Egress"];
}

/**
 * From what the node knows of services to what the proxy is told.
 *
 * @module
 */
import type { Service } from "../src/api/service.ts";
import type { EndpointSource } from "./pod/endpoint_source.ts";
import type { BalancePolicy, ProxiedPort } from "./proxy/mod.ts";

/** Annotation on a Service that chooses how endpoints are taken: `round-robin` (default) or `random`. */
export const POLICY_ANNOTATION = "wherry.dev/balance";

/** All TCP ports of services that have addresses. */
export function proxiedPorts(source: EndpointSource): ProxiedPort[] {
  return source.services().flatMap((service) => {
    const addresses = addressesOf(service);
    if (addresses.length === 0) return [];
    const { namespace, name } = service.metadata;
    const policy = policyOf(service);
    return source.endpoints(`${namespace}/${name}`)
      .filter(({ port }) => (port.protocol ?? "TCP") === "TCP")
      .map(({ port, endpoints }) => ({
        name: `${namespace}/${name}:${port.name ?? ""}`,
        addresses,
        port: port.port,
        ...(port.nodePort && { nodePort: port.nodePort }),
        policy,
        endpoints,
      }));
  });
}

function addressesOf({ spec, status }: Service): string[] {
  if (!spec.clusterIP || spec.clusterIP === "None") return [];
  const balancers = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) =>
    ip ? [ip] : []
  );
  return [spec.clusterIP, ...(spec.externalIPs ?? []), ...balancers];
}

function policyOf({ metadata }: Service): BalancePolicy {
  return metadata.annotations?.[POLICY_ANNOTATION] === "random"
    ? "random"
    : "round-robin";
}

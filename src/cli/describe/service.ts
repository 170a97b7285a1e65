/**
 * `wherry describe service`.
 *
 * @module
 */
import type { EndpointSlice } from "../../api/discovery/endpoint_slice.ts";
import { formatLabels } from "../../api/selector.ts";
import type { Service, ServicePort } from "../../api/core/service.ts";
import type { Client } from "../../client/client.ts";
import { ENDPOINT_SLICES } from "../../client/resources.ts";
import { field, joined, labelLines, nameLines } from "./lines.ts";

/** How many endpoints of a port are named. */
const NAMED_ENDPOINTS = 8;

/** Where it is, and what answers behind each of its ports. */
export async function describeService(
  service: Service,
  { client }: { client: Client },
): Promise<string> {
  const { metadata, spec } = service;
  const { items } = await client.list(ENDPOINT_SLICES, {
    namespace: metadata.namespace ?? "default",
    labelSelector: `kubernetes.io/service-name=${metadata.name}`,
  });
  return nameLines(service) + labelLines(service) +
    field("Selector", formatLabels(spec.selector)) +
    field("Type", spec.type ?? "ClusterIP") +
    (spec.externalName ? field("External Name", spec.externalName) : "") +
    field("IP", spec.clusterIP || "<none>") +
    (spec.externalIPs?.length
      ? field("External IPs", joined(spec.externalIPs))
      : "") +
    (spec.ports ?? []).map((port) => portLines(port, items)).join("") +
    field("Session Affinity", spec.sessionAffinity ?? "None") +
    (spec.externalTrafficPolicy
      ? field("External Traffic Policy", spec.externalTrafficPolicy)
      : "") +
    (spec.internalTrafficPolicy
      ? field("Internal Traffic Policy", spec.internalTrafficPolicy)
      : "");
}

function portLines(
  port: ServicePort,
  slices: readonly EndpointSlice[],
): string {
  const { name, protocol = "TCP", targetPort, nodePort } = port;
  const label = name || "<unset>";
  return field("Port", `${label}\t${port.port}/${protocol}`) +
    field("TargetPort", `${targetPort ?? port.port}/${protocol}`) +
    (nodePort ? field("NodePort", `${label}\t${nodePort}/${protocol}`) : "") +
    endpointLines(name ?? "", slices);
}

/** Those that get new connections; the others by number, because a service without answers is looked up for their sake. */
function endpointLines(name: string, slices: readonly EndpointSlice[]): string {
  const ready: string[] = [];
  let others = 0;
  for (const { endpoints, ports } of slices) {
    const port = (ports ?? []).find((port) => (port.name ?? "") === name)?.port;
    for (const { addresses, conditions } of endpoints ?? []) {
      if (conditions?.ready === false) others++;
      else {ready.push(...addresses.map((address) =>
          `${address}:${port ?? ""}`
        ));}
    }
  }
  const named = ready.slice(0, NAMED_ENDPOINTS);
  const more = ready.length - named.length;
  return field(
    "Endpoints",
    joined(named, ",") + (more > 0 ? ` + ${more} more` : "") +
      (others > 0 ? ` (${others} not ready)` : ""),
  );
}

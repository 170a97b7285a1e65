/**
 * Environment variables that tell a container of the services of its namespace.
 *
 * @module
 */
import type { Service } from "../../src/api/core/service.ts";

/**
 * `{NAME}_SERVICE_HOST`, `{NAME}_SERVICE_PORT` and Docker's link variables, for services with a ClusterIP.
 *
 * @see {@link https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables}
 */
export function serviceVariables(
  services: readonly Service[],
): Map<string, string> {
  const variables = new Map<string, string>();
  for (const { metadata, spec } of services) {
    const host = spec.clusterIP;
    const [first] = spec.ports ?? [];
    if (!host || host === "None" || !first) continue;
    const prefix = upper(metadata.name ?? "");
    variables.set(`${prefix}_SERVICE_HOST`, host);
    variables.set(`${prefix}_SERVICE_PORT`, String(first.port));
    for (const { name, port } of spec.ports ?? []) {
      if (name) {
        variables.set(`${prefix}_SERVICE_PORT_${upper(name)}`, String(port));
      }
    }
    const url = (protocol: string, port: number) =>
      `${protocol.toLowerCase()}://${host}:${port}`;
    variables.set(`${prefix}_PORT`, url(first.protocol ?? "TCP", first.port));
    for (const { port, protocol = "TCP" } of spec.ports ?? []) {
      const link = `${prefix}_PORT_${port}_${protocol}`;
      variables.set(link, url(protocol, port));
      variables.set(`${link}_PROTO`, protocol.toLowerCase());
      variables.set(`${link}_PORT`, String(port));
      variables.set(`${link}_ADDR`, host);
    }
  }
  return variables;
}

function upper(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

/**
 * What `kubectl get services` shows.
 *
 * @module
 */
import type { Column } from "../kind.ts";
import { formatLabels } from "../selector.ts";
import type { Service } from "../core/service.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

/** External addresses of a Service; `<pending>` while a load balancer has none. */
export function externalIp({ spec, status }: Service): string {
  const fixed = spec.externalIPs ?? [];
  switch (spec.type) {
    case "ClusterIP":
    case "NodePort":
      return fixed.join(",") || "<none>";
    case "LoadBalancer": {
      const balanced = (status?.loadBalancer?.ingress ?? []).map((i) =>
        i.ip === undefined || i.ip === "" ? i.hostname ?? "" : i.ip
      );
      const found = [...new Set(balanced)].filter((a) => a !== "").sort();
      return [...found, ...fixed].join(",") || "<pending>";
    }
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

/** `80/TCP,443:30443/TCP`; `<none>` when there are none. */
export function portsText({ spec }: Service): string {
  const ports = (spec.ports ?? []).map(({ port, nodePort = 0, protocol }) =>
    nodePort > 0 ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`
  );
  return ports.join(",") || "<none>";
}

/** The columns. */
export const serviceColumns: readonly Column<Service>[] = [
  nameColumn(),
  column("Type", ({ spec }) => spec.type ?? "", {
    description: "How the service is exposed",
  }),
  column("Cluster-IP", ({ spec }) => spec.clusterIPs?.[0] ?? "<none>", {
    description: "Address inside the cluster",
  }),
  column("External-IP", externalIp, { description: "Addresses from outside" }),
  column("Port(s)", portsText, { description: "Ports of the service" }),
  ageColumn(),
  column("Selector", ({ spec }) => formatLabels(spec.selector), {
    wide: true,
    description: "Labels of the Pods behind the service",
  }),
];

/**
 * Ports of the node that pods take.
 *
 * @module
 */
import type { ContainerPort } from "./container.ts";
import type { Pod } from "./pod.ts";
import { isSidecar } from "./pod_summary.ts";

/** A port of the node. */
export interface HostPort {
  /** "0.0.0.0" is all addresses. */
  readonly ip: string;
  /** TCP, UDP or SCTP. */
  readonly protocol: string;
  /** The number. */
  readonly port: number;
}

/** The ports of the node that a pod takes: those of its containers and sidecars. */
export function hostPortsOf({ spec }: Pod): HostPort[] {
  const ports: HostPort[] = [];
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  for (const container of [...spec.containers, ...sidecars]) {
    for (const port of container.ports ?? []) {
      if (port.hostPort) ports.push(toHostPort(port));
    }
  }
  return ports;
}

function toHostPort(port: ContainerPort): HostPort {
  return {
    ip: port.hostIP || "0.0.0.0",
    protocol: port.protocol ?? "TCP",
    port: port.hostPort!,
  };
}

/** Whether two pods cannot both have these ports on one node. */
export function portsClash(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol &&
    (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0");
}

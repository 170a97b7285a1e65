/**
 * The fields of a Service that hang together: addresses, node ports, and what only some types have.
 *
 * @module
 */
import { isExternallyAccessible } from "../defaults/service.ts";
import { sameJson } from "../equal.ts";
import type { Service, ServiceSpec } from "./service.ts";

/** Whether a type has an address of its own. */
export function needsClusterIp({ spec }: Service): boolean {
  return spec.type !== "ExternalName";
}

/** Whether the Service has no address on purpose. */
export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIPs?.[0] === "None" || spec.clusterIP === "None";
}

/** Whether a type has ports on every node. */
export function needsNodePorts({ spec }: Service): boolean {
  return spec.type === "NodePort" ||
    (spec.type === "LoadBalancer" &&
      spec.allocateLoadBalancerNodePorts !== false);
}

/** Whether a load balancer asks the nodes which of them have endpoints. */
export function needsHealthCheck({ spec }: Service): boolean {
  return spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
}

function put<K extends keyof ServiceSpec>(
  spec: ServiceSpec,
  key: K,
  value: ServiceSpec[K] | undefined,
): void {
  if (value === undefined) delete spec[key];
  else spec[key] = value as ServiceSpec[K];
}

/** Drops a field that the client did not touch when it changed to a type that does not have it. */
function dropUntouched(
  next: Service,
  previous: Service,
  keys: readonly (keyof ServiceSpec)[],
): void {
  for (const key of keys) {
    if (sameJson(next.spec[key], previous.spec[key])) delete next.spec[key];
  }
}

/** Keeps `clusterIP` and the first of `clusterIPs` the same, whichever of them a client knows of. */
function alignClusterIps(next: Service, previous?: Service): void {
  const { spec } = next;
  if (previous === undefined) {
    if (spec.clusterIP !== undefined) spec.clusterIPs ??= [spec.clusterIP];
    return;
  }
  const before = previous.spec;
  const untouched = sameJson(spec.clusterIPs, before.clusterIPs);
  if (spec.clusterIP === before.clusterIP) {
    if (spec.clusterIPs === undefined) {
      put(spec, "clusterIPs", before.clusterIPs);
    }
  } else if (untouched) {
    put(
      spec,
      "clusterIPs",
      spec.clusterIP === undefined ? undefined : [spec.clusterIP],
    );
  }
}

/** Gives back what was allocated to a Service when a client leaves it out of an update. */
function keepAllocated(next: Service, previous: Service): void {
  if (needsClusterIp(next) && needsClusterIp(previous)) {
    if (next.spec.clusterIP === undefined) {
      put(next.spec, "clusterIP", previous.spec.clusterIP);
    }
    if (next.spec.clusterIPs === undefined) {
      put(next.spec, "clusterIPs", previous.spec.clusterIPs);
    }
  }
  if (needsNodePorts(next) && needsNodePorts(previous)) {
    const before = previous.spec.ports ?? [];
    const given = new Set((next.spec.ports ?? []).map((p) => p.nodePort));
    for (const port of next.spec.ports ?? []) {
      if (port.nodePort !== undefined) continue;
      const old = before.find((p) => p.name === port.name)?.nodePort;
      if (old !== undefined && !given.has(old)) port.nodePort = old;
    }
  }
  if (needsHealthCheck(next) && needsHealthCheck(previous)) {
    if (next.spec.healthCheckNodePort === undefined) {
      put(next.spec, "healthCheckNodePort", previous.spec.healthCheckNodePort);
    }
  }
}

/** Drops what a change of type makes meaningless, unless the client set it anew. */
function dropForeignFields(next: Service, previous: Service): void {
  if (needsClusterIp(previous) && !needsClusterIp(next)) {
    dropUntouched(next, previous, [
      "clusterIP",
      "clusterIPs",
      "ipFamilies",
      "ipFamilyPolicy",
    ]);
  }
  if (needsNodePorts(previous) && !needsNodePorts(next)) {
    const ports = (service: Service) =>
      service.spec.ports?.map((p) => p.nodePort);
    if (sameJson(ports(next), ports(previous))) {
      next.spec.ports?.forEach((port) => delete port.nodePort);
    }
  }
  if (needsHealthCheck(previous) && !needsHealthCheck(next)) {
    dropUntouched(next, previous, ["healthCheckNodePort"]);
  }
  if (
    previous.spec.type === "LoadBalancer" && next.spec.type !== "LoadBalancer"
  ) {
    dropUntouched(next, previous, [
      "allocateLoadBalancerNodePorts",
      "loadBalancerClass",
    ]);
    if (next.status !== undefined) next.status.loadBalancer = {};
  }
  if (isExternallyAccessible(previous) && !isExternallyAccessible(next)) {
    dropUntouched(next, previous, ["externalTrafficPolicy"]);
  }
}

/** Makes a new Service's fields agree. */
export function prepareServiceForCreate(service: Service): void {
  service.status = { loadBalancer: {} };
  alignClusterIps(service);
}

/** Makes a changed Service's fields agree, with what was allocated before. */
export function prepareServiceForUpdate(
  next: Service,
  previous: Service,
): void {
  keepAllocated(next, previous);
  alignClusterIps(next, previous);
  dropForeignFields(next, previous);
}

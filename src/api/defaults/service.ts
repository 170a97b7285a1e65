/**
 * Defaults of Services.
 *
 * @module
 */
import type { Service } from "../core/service.ts";

/** Seconds for which a client stays with one endpoint. */
export const DEFAULT_AFFINITY_SECONDS = 10_800;

/** Types that have addresses inside the cluster. */
const INTERNAL_TYPES = ["ClusterIP", "LoadBalancer", "NodePort"];

/** Whether traffic from outside the cluster may come in: load balancer, node port, or external addresses. */
export function isExternallyAccessible({ spec }: Service): boolean {
  return spec.type === "LoadBalancer" || spec.type === "NodePort" ||
    (spec.type === "ClusterIP" && (spec.externalIPs?.length ?? 0) > 0);
}

function defaultAffinity({ spec }: Service): void {
  spec.sessionAffinity ??= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  else if (
    spec.sessionAffinity === "ClientIP" &&
    spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined
  ) {
    spec.sessionAffinityConfig = {
      clientIP: { timeoutSeconds: DEFAULT_AFFINITY_SECONDS },
    };
  }
}

/** Fills in what a Service leaves open. */
export function defaultService(service: Service): void {
  const { spec, status } = service;
  spec.type ??= "ClusterIP";
  defaultAffinity(service);
  for (const port of spec.ports ?? []) {
    port.protocol ??= "TCP";
    if (
      port.targetPort === undefined || port.targetPort === 0 ||
      port.targetPort === ""
    ) port.targetPort = port.port;
  }
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ??= "Cluster";
  if (INTERNAL_TYPES.includes(spec.type)) {
    spec.internalTrafficPolicy ??= "Cluster";
  }
  if (spec.type === "LoadBalancer") {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const ingress of status?.loadBalancer?.ingress ?? []) {
      if (ingress.ip !== undefined) ingress.ipMode ??= "VIP";
    }
  }
}

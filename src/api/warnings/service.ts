/**
 * What a client is warned of when it writes a Service.
 *
 * @module
 */
import type { Service } from "../core/service.ts";
import { isHeadless } from "../core/service_fields.ts";

/** Warnings about a Service. */
export function warnOfService(service: Service): string[] {
  const { metadata, spec } = service;
  const found: string[] = [];
  const old = "service.kubernetes.io/topology-aware-hints";
  if (metadata.annotations?.[old] !== undefined) {
    found.push(
      `annotation ${old} is deprecated, please use service.kubernetes.io/topology-mode instead`,
    );
  }
  const external = (spec.externalIPs?.length ?? 0) > 0;
  const headless = spec.type === "ClusterIP" && isHeadless(service);
  if (headless) {
    if (spec.loadBalancerIP !== undefined) {
      found.push("spec.loadBalancerIP is ignored for headless services");
    }
    if (external) {
      found.push("spec.externalIPs is ignored for headless services");
    }
    if (spec.sessionAffinity !== "None") {
      found.push("spec.SessionAffinity is ignored for headless services");
    }
  }
  if (external && !headless && spec.type !== "ExternalName") {
    found.push(
      "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
    );
  }
  if (external && spec.type === "ExternalName") {
    found.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (spec.type !== "ExternalName" && spec.externalName !== undefined) {
    found.push(
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    );
  }
  if (spec.trafficDistribution === "PreferClose") {
    found.push(
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    );
  }
  return found;
}

/**
 * Counts Services, and what of them is scarce: node ports and load balancers.
 *
 * @module
 */
import type { Service } from "../core/service.ts";
import type { Evaluator } from "./evaluator.ts";

const NAMES: ReadonlySet<string> = new Set([
  "count/services",
  "services",
  "services.nodeports",
  "services.loadbalancers",
]);

/** Counts Services. Ports are counted by intent: they are not given out yet when a quota looks. */
export const serviceEvaluator: Evaluator<Service> = {
  counts: (name) => NAMES.has(name),
  usage: (service) => ({
    "count/services": "1",
    "services": "1",
    "services.loadbalancers": service.spec.type === "LoadBalancer" ? "1" : "0",
    "services.nodeports": String(nodePortsOf(service)),
  }),
  inScope: () => false,
  limits: ({ subresource }) => subresource === "",
};

function nodePortsOf({ spec }: Service): number {
  const ports = spec.ports ?? [];
  if (spec.type === "NodePort") return ports.length;
  if (spec.type !== "LoadBalancer") return 0;
  return spec.allocateLoadBalancerNodePorts === false
    ? ports.filter(({ nodePort }) => nodePort).length
    : ports.length;
}

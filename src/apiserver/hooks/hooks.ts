/**
 * The kinds that need hooks.
 *
 * @module
 */
import type { Lease } from "../../api/coordination/lease.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Host } from "../../base/host.ts";
import { definitionHooks } from "./definition_hooks.ts";
import type { KindHooks } from "./kind_hooks.ts";
import { addressHooks } from "./service_address.ts";
import { namespaceHooks } from "./namespace_hooks.ts";

/** Heartbeats of nodes live in this namespace, in memory. */
export const NODE_LEASE_NAMESPACE = "kube-node-lease";

const pods: KindHooks<Pod> = {
  answersDeleted: true,
  // Nothing runs that would have to end: on no node, or over.
  deletesAtOnce: ({ spec, status }) =>
    !spec.nodeName || status?.phase === "Succeeded" ||
    status?.phase === "Failed",
};

const leases: KindHooks<Lease> = {
  createsOnUpdate: true,
  volatile: ({ metadata }) => metadata.namespace === NODE_LEASE_NAMESPACE,
};

/** All hooks by storage prefix. */
export function makeHooks(
  host: Host,
  services: KindHooks,
): ReadonlyMap<string, KindHooks> {
  return new Map<string, KindHooks>([
    ["pods", pods],
    ["namespaces", namespaceHooks(host)],
    ["coordination/leases", leases],
    ["services", services],
    ["networking/ipaddresses", addressHooks],
    ["serviceaccounts", { answersDeleted: true }],
    ["persistentvolumes", { answersDeleted: true }],
    ["persistentvolumeclaims", { answersDeleted: true }],
    ["podtemplates", { answersDeleted: true }],
    ["resourcequotas", { answersDeleted: true }],
    ["limitranges", { createsOnUpdate: true }],
    ["batch/jobs", { orphansByDefault: true }],
    [
      "apiextensions/customresourcedefinitions",
      definitionHooks(() => host.clock.now()),
    ],
    ["endpoints", { createsOnUpdate: true }],
    ["events", { createsOnUpdate: true }],
    ["node/runtimeclasses", { createsOnUpdate: true }],
    ["rbac/roles", { createsOnUpdate: true }],
    ["rbac/rolebindings", { createsOnUpdate: true }],
    ["rbac/clusterroles", { createsOnUpdate: true }],
    ["rbac/clusterrolebindings", { createsOnUpdate: true }],
    ["replicationcontrollers", { orphansByDefault: true }],
  ]);
}

/**
 * All subresources: who answers, and how discovery describes them.
 *
 * @module
 */
import type { Kind } from "../../api/kind.ts";
import type { Handler } from "../call.ts";
import { namespaceFinalize } from "./namespace_finalize.ts";
import { partHandlers } from "./part.ts";
import { podBinding } from "./pod_binding.ts";
import { podEviction } from "./pod_eviction.ts";
import { podAttach, podExec } from "./pod_exec.ts";
import { nodeProxy } from "./node_proxy.ts";
import { podLog } from "./pod_log.ts";
import { podPortForward } from "./pod_portforward.ts";
import { podProxy } from "./pod_proxy.ts";
import { getScale, patchScale, updateScale } from "./scale.ts";
import { serviceAccountToken } from "./service_account_token.ts";
import { serviceProxy } from "./service_proxy.ts";
import { getStatus, patchStatus, updateStatus } from "./status.ts";

/** Handlers of a subresource by verb. */
export type SubresourceHandlers = Readonly<Record<string, Handler>>;

/** By plural and subresource; a star stands for every kind. */
export const SUBRESOURCES: Readonly<Record<string, SubresourceHandlers>> = {
  "*/status": { get: getStatus, update: updateStatus, patch: patchStatus },
  "*/scale": { get: getScale, update: updateScale, patch: patchScale },
  "pods/binding": { create: podBinding },
  "pods/eviction": { create: podEviction },
  "pods/ephemeralcontainers": partHandlers("ephemeralcontainers"),
  "pods/resize": partHandlers("resize"),
  "pods/log": { get: podLog },
  "pods/exec": { get: podExec, create: podExec },
  "pods/portforward": { get: podPortForward, create: podPortForward },
  "pods/proxy": everyVerb(podProxy),
  "services/proxy": everyVerb(serviceProxy),
  "nodes/proxy": everyVerb(nodeProxy),
  "pods/attach": { get: podAttach, create: podAttach },
  "serviceaccounts/token": { create: serviceAccountToken },
  "certificatesigningrequests/approval": partHandlers("approval"),
  "namespaces/finalize": { update: namespaceFinalize },
};

/** Proxies take every method. */
function everyVerb(handler: Handler): SubresourceHandlers {
  return Object.fromEntries(
    ["get", "create", "update", "patch", "delete", "options"].map((
      verb,
    ) => [verb, handler]),
  );
}

/** Subresources whose answers are no API objects, whatever the client accepts. */
const RAW: ReadonlySet<string> = new Set([
  "log",
  "proxy",
  "exec",
  "attach",
  "portforward",
]);

/** Whether a subresource's answers are no API objects. */
export function isRaw(subresource: string): boolean {
  return RAW.has(subresource);
}

/** Handlers of a kind's subresource; undefined when there are none. */
export function subresourceHandlers(
  kind: Kind,
  subresource: string,
): SubresourceHandlers | undefined {
  if (!kind.subresources.includes(subresource)) return undefined;
  return SUBRESOURCES[`${kind.plural}/${subresource}`] ??
    SUBRESOURCES[`*/${subresource}`];
}

/** The kind of the objects that a subresource takes and gives, where it is not the kind itself. */
const SUBRESOURCE_KINDS: Readonly<
  Record<string, { group: string; version: string; kind: string }>
> = {
  "*/scale": { group: "autoscaling", version: "v1", kind: "Scale" },
  "pods/binding": { group: "", version: "v1", kind: "Binding" },
  "pods/eviction": { group: "policy", version: "v1", kind: "Eviction" },
  "serviceaccounts/token": {
    group: "authentication.k8s.io",
    version: "v1",
    kind: "TokenRequest",
  },
};

/** The kind that discovery names for a subresource. */
export function subresourceKind(
  kind: Kind,
  subresource: string,
): { readonly group: string; readonly version: string; readonly kind: string } {
  return SUBRESOURCE_KINDS[`${kind.plural}/${subresource}`] ??
    SUBRESOURCE_KINDS[`*/${subresource}`] ?? kind;
}

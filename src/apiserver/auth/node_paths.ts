/**
 * Rights to parts of what a node answers. With a kubelet that is asked directly, `nodes/metrics` is enough to read its metrics; our agents cannot be
 * asked but through the server, so the same rights count here, beside `nodes/proxy`.
 *
 * @module
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/#fine-grained-authorization}
 */
import { KUBELET_PORT } from "../streams/node_proxy.ts";
import type {
  AccessRequest,
  AccessResource,
  Authorizer,
  Decision,
} from "./authorizer.ts";

/** Subresources of a node that open a path and all below it. */
const OPENED_BY: readonly (readonly [path: string, subresource: string])[] = [
  ["/stats", "stats"],
  ["/metrics", "metrics"],
  ["/pods", "pods"],
  ["/runningpods", "pods"],
  ["/healthz", "healthz"],
  ["/configz", "configz"],
];

/** A node by its name, or by the port that kubelet has. */
const NODE = new RegExp(`^(?:https?:)?([^:]+)(?::${KUBELET_PORT})?$`);

/** Asks the authoriser, and for a node's path again by the narrower right. */
export function authorizeNodePath(
  authorizer: Pick<Authorizer, "authorize">,
  request: AccessRequest & {
    readonly resource?: AccessResource & { readonly proxyPath?: string };
  },
): Decision {
  const decision = authorizer.authorize(request);
  if (decision.allowed) return decision;
  const { resource, verb } = request;
  if (resource === undefined || verb !== "get") return decision;
  const { group, plural, subresource, name, proxyPath = "" } = resource;
  if (group !== "" || plural !== "nodes" || subresource !== "proxy") {
    return decision;
  }
  const node = NODE.exec(name)?.[1];
  const right = rightFor(proxyPath);
  if (node === undefined || right === undefined) return decision;
  const narrower = authorizer.authorize({
    ...request,
    resource: { ...resource, name: node, subresource: right },
  });
  return narrower.allowed ? narrower : decision;
}

/** A path that says something in another way than plainly opens nothing. */
function rightFor(path: string): string | undefined {
  if (path.includes("%") || path.includes("//")) return undefined;
  return OPENED_BY.find(([root]) =>
    path === root || path.startsWith(`${root}/`)
  )?.[1];
}

/**
 * What a node may do: read and write what its own pods need, and nothing of others'.
 *
 * What an authoriser cannot see, because it is in the object, the NodeRestriction admission looks at.
 *
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/node/}
 * @module
 */
import { parseFieldSelector } from "../../api/selector.ts";
import type { Store } from "../../store/store.ts";
import {
  type AccessRequest,
  type AccessResource,
  ALLOW,
  type Authorizer,
  type Decision,
  NO_OPINION,
} from "./authorizer.ts";
import { NodeRelations } from "./node_relations.ts";
import { readRules } from "./policy/policy_role.ts";
import { SYSTEM_ROLES } from "./policy/system_roles.ts";
import { type PolicyRule, ruleAllows } from "./rbac/policy_rule.ts";
import { nodeOf } from "./user.ts";

export { MIRROR_ANNOTATION, references } from "./pod_references.ts";

/** What nodes may do apart from what is looked at more closely. An agent is kubelet and proxy in one. */
const NODE_ROLES: readonly string[] = ["system:node", "system:node-proxier"];

const LEASE_NAMESPACE = "kube-node-lease";

/** Allows nodes what they need. Has no opinion of other users. */
export class NodeAuthorizer implements Authorizer {
  readonly #relations: NodeRelations;
  #rules: readonly PolicyRule[] | undefined;

  constructor(store: Store) {
    this.#relations = new NodeRelations(store);
  }

  authorize(request: AccessRequest): Decision {
    const node = nodeOf(request.user);
    if (node === undefined) return NO_OPINION;
    if (node === "") {
      return refuse(
        `unknown node for user ${JSON.stringify(request.user.name)}`,
      );
    }
    const { resource } = request;
    if (resource !== undefined) {
      const name = resource.group === ""
        ? resource.plural
        : `${resource.plural}.${resource.group}`;
      const special = this.#special(node, name, { ...request, resource });
      if (special !== undefined) return special;
    }
    return this.#nodeRules().some((rule) => ruleAllows(rule, request))
      ? ALLOW
      : NO_OPINION;
  }

  /** The answer for what depends on the node; undefined for the rest. */
  #special(
    node: string,
    what: string,
    request: AccessRequest & { readonly resource: AccessResource },
  ): Decision | undefined {
    const { resource, verb } = request;
    const relations = this.#relations;
    const related = (is: boolean) => is ? ALLOW : unrelated(node, resource);
    switch (what) {
      case "secrets":
      case "configmaps":
        return checkRead(request) ??
          related(relations.hasConfig(node, { ...resource, plural: what }));
      case "persistentvolumeclaims": {
        const status = resource.subresource === "status";
        if (status && verb !== "update" && verb !== "patch") {
          return refuse("can only get/update/patch this type");
        }
        return (status ? undefined : checkGet(request)) ??
          related(relations.hasClaim(node, resource));
      }
      case "persistentvolumes":
        return checkGet(request) ??
          related(relations.hasVolume(node, resource.name));
      case "resourceclaims.resource.k8s.io":
        return checkGet(request) ??
          related(relations.hasResourceClaim(node, resource));
      case "volumeattachments.storage.k8s.io":
        return checkGet(request) ?? related(
          relations.isOwn(node, `storage/volumeattachments/${resource.name}`),
        );
      case "serviceaccounts":
        return checkAccount(request) ??
          related(relations.hasAccount(node, resource));
      case "leases.coordination.k8s.io":
        return ownLease(node, request);
      case "csinodes.storage.k8s.io":
        return ownCsiNode(node, request);
      case "resourceslices.resource.k8s.io":
        return ownSlice(node, request) ?? related(
          relations.isOwn(node, `resource/resourceslices/${resource.name}`),
        );
      case "nodes":
        return ownNode(node, request);
      case "pods":
        return ownPod(node, request) ??
          related(relations.hasPod(node, resource));
    }
    return undefined;
  }

  #nodeRules(): readonly PolicyRule[] {
    return this.#rules ??= SYSTEM_ROLES
      .filter(({ name }) => NODE_ROLES.includes(name))
      .flatMap(({ rules }) => readRules(rules));
  }
}

type ResourceRequest = AccessRequest & { readonly resource: AccessResource };

function refuse(reason: string): Decision {
  return { allowed: false, reason };
}

function unrelated(node: string, { name }: AccessResource): Decision {
  return name === ""
    ? refuse("No Object name found")
    : refuse(`no relationship found between node '${node}' and this object`);
}

/** Whether a list or watch is of what the node may see: one field must have the node's name. */
function selects(
  { fieldSelector }: AccessRequest,
  field: string,
  node: string,
): boolean {
  try {
    return parseFieldSelector(fieldSelector).exact(field) === node;
  } catch {
    // The verb will refuse the selector; until then it gives no right.
    return false;
  }
}

function checkGet({ verb, resource }: ResourceRequest): Decision | undefined {
  if (verb !== "get") {
    return refuse("can only get individual resources of this type");
  }
  return resource.subresource === ""
    ? undefined
    : refuse("cannot get subresource");
}

function checkRead({ verb, resource }: ResourceRequest): Decision | undefined {
  if (!["get", "list", "watch"].includes(verb)) {
    return refuse("can only read resources of this type");
  }
  if (resource.subresource !== "") return refuse("cannot read subresource");
  return resource.namespace === ""
    ? refuse("can only read namespaced object of this type")
    : undefined;
}

function checkAccount(request: ResourceRequest): Decision | undefined {
  const { verb, resource } = request;
  if (verb === "get" && resource.subresource === "") return checkRead(request);
  if (verb !== "create" || resource.name === "") {
    return refuse("can only create tokens for individual service accounts");
  }
  return resource.subresource === "token"
    ? undefined
    : refuse("can only create token subresource of serviceaccount");
}

const OWN_OBJECT_VERBS = ["get", "create", "update", "patch", "delete"];

function ownLease(node: string, { verb, resource }: ResourceRequest): Decision {
  if (!OWN_OBJECT_VERBS.includes(verb)) {
    return refuse(
      "can only get, create, update, patch, or delete a node lease",
    );
  }
  if (resource.namespace !== LEASE_NAMESPACE) {
    return refuse(
      `can only access leases in the "${LEASE_NAMESPACE}" system namespace`,
    );
  }
  return verb === "create" || resource.name === node ? ALLOW : refuse(
    "can only access node lease with the same name as the requesting node",
  );
}

function ownCsiNode(
  node: string,
  { verb, resource }: ResourceRequest,
): Decision {
  if (!OWN_OBJECT_VERBS.includes(verb)) {
    return refuse("can only get, create, update, patch, or delete a CSINode");
  }
  if (resource.subresource !== "") {
    return refuse("cannot authorize CSINode subresources");
  }
  return verb === "create" || resource.name === node ? ALLOW : refuse(
    "can only access CSINode with the same name as the requesting node",
  );
}

function ownSlice(
  node: string,
  request: ResourceRequest,
): Decision | undefined {
  if (request.resource.subresource !== "") {
    return refuse("cannot authorize ResourceSlice subresources");
  }
  switch (request.verb) {
    case "create":
      return ALLOW;
    case "get":
    case "update":
    case "patch":
    case "delete":
      return undefined;
    case "watch":
    case "list":
    case "deletecollection":
      return selects(request, "spec.nodeName", node) ? ALLOW : refuse(
        "can only list/watch/deletecollection resourceslices with nodeName field selector",
      );
  }
  return refuse(
    "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection",
  );
}

function ownNode(node: string, { verb, resource }: ResourceRequest): Decision {
  const { name, subresource } = resource;
  if (subresource === "") {
    if (["create", "update", "patch"].includes(verb)) return ALLOW;
    if (["get", "list", "watch"].includes(verb)) {
      if (name === node) return ALLOW;
      return refuse(
        name === ""
          ? `node '${node}' cannot read all nodes, only its own Node object`
          : `node '${node}' cannot read '${name}', only its own Node object`,
      );
    }
  }
  return subresource === "status" && (verb === "update" || verb === "patch")
    ? ALLOW
    : NO_OPINION;
}

function ownPod(
  node: string,
  request: ResourceRequest,
): Decision | undefined {
  const { verb, resource: { subresource, name } } = request;
  if (subresource === "") {
    if (verb === "get") return undefined;
    if (verb === "create" || verb === "delete") return ALLOW;
    if (verb === "list" || verb === "watch") {
      if (selects(request, "spec.nodeName", node)) return ALLOW;
      return name !== "" ? undefined : refuse(
        "can only list/watch pods with spec.nodeName field selector",
      );
    }
  }
  const allowed = subresource === "status"
    ? verb === "update" || verb === "patch"
    : subresource === "eviction" && verb === "create";
  return allowed ? ALLOW : NO_OPINION;
}

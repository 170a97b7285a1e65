/**
 * What a node may do: read and write what its own pods need, and nothing of others'.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { Volume } from "../../api/core/volume.ts";
import { parseFieldSelector } from "../../api/selector.ts";
import type { Store } from "../../store/store.ts";
import {
  type AccessRequest,
  ALLOW,
  type Authorizer,
  type Decision,
  NO_OPINION,
} from "./authorizer.ts";
import { nodeOf } from "./user.ts";

type ResourceRequest = NonNullable<AccessRequest["resource"]>;

/** Marks a pod that a node has made from a file of its own, to be seen in the API. */
export const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

const READ = ["get", "list", "watch"];

/** Allows nodes what they need. Has no opinion of other users. */
export class NodeAuthorizer implements Authorizer {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  authorize(request: AccessRequest): Decision {
    const node = nodeOf(request.user);
    if (node === undefined || request.resource === undefined) return NO_OPINION;
    const { resource } = request;
    const name = resource.group === ""
      ? resource.plural
      : `${resource.plural}.${resource.group}`;
    switch (name) {
      case "pods":
        return this.#pods(node, request, resource);
      case "nodes":
        return ownNode(node, request, resource);
      case "secrets":
      case "configmaps":
        return this.#referenced(node, request, resource);
      case "leases.coordination.k8s.io":
        return ownLease(node, request, resource);
      case "events":
      case "events.events.k8s.io":
        return allowIf(["create", "patch", "update"].includes(request.verb));
      case "services":
      case "endpoints":
      case "endpointslices.discovery.k8s.io":
      case "namespaces":
      case "serviceaccounts":
        return allowIf(
          READ.includes(request.verb) && resource.subresource === "",
        );
    }
    return refuse(`node "${node}" may not use ${name}`);
  }

  #pods(
    node: string,
    { verb, fieldSelector }: AccessRequest,
    { namespace, name, subresource }: ResourceRequest,
  ): Decision {
    if (verb === "list" || verb === "watch") {
      return exactField(fieldSelector, "spec.nodeName") === node
        ? ALLOW
        : refuse("can only list/watch pods with spec.nodeName field selector");
    }
    if (verb === "create") return allowIf(subresource === "");
    const known = verb === "get" || verb === "delete" ||
      subresource === "status" && (verb === "update" || verb === "patch");
    if (!known) return refuse(`node "${node}" may not ${verb} pods`);
    const row = this.#store.get(`pods/${namespace}/${name}`);
    // Whether a pod is there is no secret to the node that it may have been on.
    if (row === undefined) return ALLOW;
    return row.fields?.["spec.nodeName"] === node
      ? ALLOW
      : refuse(`no relationship found between node "${node}" and this object`);
  }

  #referenced(
    node: string,
    { verb, fieldSelector }: AccessRequest,
    { plural, namespace, name }: ResourceRequest,
  ): Decision {
    if (!READ.includes(verb)) return refuse(`node "${node}" may only read`);
    const wanted = name !== ""
      ? name
      : exactField(fieldSelector, "metadata.name");
    if (wanted === undefined || namespace === "") {
      return refuse("No Object name found");
    }
    const used = this.#podsOn(node, namespace).some((pod) =>
      references(pod, plural).has(wanted)
    );
    return used
      ? ALLOW
      : refuse(`no relationship found between node "${node}" and this object`);
  }

  #podsOn(node: string, namespace: string): Pod[] {
    const { rows } = this.#store.list(`pods/${namespace}/`);
    return rows.filter((row) => row.fields?.["spec.nodeName"] === node)
      .map((row): Pod => JSON.parse(row.text))
      // Nodes make mirror pods themselves: what those name was not given to them by anybody.
      .filter(({ metadata }) =>
        metadata.annotations?.[MIRROR_ANNOTATION] === undefined
      );
  }
}

function ownNode(
  node: string,
  { verb, fieldSelector }: AccessRequest,
  { name, subresource }: ResourceRequest,
): Decision {
  if (verb === "create") return allowIf(subresource === "");
  if (verb === "list" || verb === "watch") {
    return exactField(fieldSelector, "metadata.name") === node ? ALLOW : refuse(
      `node "${node}" cannot read all nodes, only its own Node object`,
    );
  }
  return name === node && ["get", "update", "patch"].includes(verb)
    ? ALLOW
    : refuse(`node "${node}" cannot ${verb} node "${name}"`);
}

function ownLease(
  node: string,
  { verb }: AccessRequest,
  { namespace, name }: ResourceRequest,
): Decision {
  if (namespace !== "kube-node-lease") {
    return refuse(`can only access leases in the "kube-node-lease" namespace`);
  }
  if (verb === "create") return ALLOW;
  return name === node && ["get", "update", "patch", "delete"].includes(verb)
    ? ALLOW
    : refuse(
      `can only access node lease with the same name as the requesting node`,
    );
}

function allowIf(condition: boolean): Decision {
  return condition ? ALLOW : NO_OPINION;
}

function refuse(reason: string): Decision {
  return { allowed: false, reason };
}

function exactField(selector: string, field: string): string | undefined {
  try {
    return parseFieldSelector(selector).exact(field);
  } catch {
    // The verb will refuse the selector; until then it gives no right.
    return undefined;
  }
}

/** Names of the Secrets or ConfigMaps (`secrets`, `configmaps`) that a pod refers to. */
export function references(pod: Pod, plural: string): Set<string> {
  const names = new Set<string | undefined>();
  const secrets = plural === "secrets";
  const { spec } = pod;
  if (secrets) {
    for (const { name } of spec.imagePullSecrets ?? []) names.add(name);
  }
  for (const volume of spec.volumes ?? []) addVolume(names, volume, secrets);
  const containers = [
    ...spec.initContainers ?? [],
    ...spec.containers,
    ...spec.ephemeralContainers ?? [],
  ];
  for (const { env, envFrom } of containers) {
    for (const { valueFrom } of env ?? []) {
      const from = secrets
        ? valueFrom?.secretKeyRef
        : valueFrom?.configMapKeyRef;
      names.add(from?.name);
    }
    for (const { secretRef, configMapRef } of envFrom ?? []) {
      names.add((secrets ? secretRef : configMapRef)?.name);
    }
  }
  names.delete(undefined);
  return names as Set<string>;
}

function addVolume(
  names: Set<string | undefined>,
  volume: Volume,
  secrets: boolean,
): void {
  names.add(secrets ? volume.secret?.secretName : volume.configMap?.name);
  for (const source of volume.projected?.sources ?? []) {
    names.add((secrets ? source.secret : source.configMap)?.name);
  }
}

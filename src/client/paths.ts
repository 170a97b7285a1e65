/**
 * Where objects live below an API server: paths and query strings.
 *
 * @module
 */
import type { KubeObject, Resource } from "../api/kind.ts";
import type { ObjectName } from "./client.ts";

/** The scheme and host of every URL that a client hands to its transport, which alone knows the real ones. */
export const API_ORIGIN = "http://api";

/** `v1`, or `apps/v1`: what `apiVersion` says of a resource. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === ""
    ? resource.version
    : `${resource.group}/${resource.version}`;
}

/**
 * The path of a collection: `/api/v1/namespaces/default/pods`; of all namespaces when `namespace` is absent.
 */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === ""
    ? `/api/${resource.version}`
    : `/apis/${resource.group}/${resource.version}`;
  return resource.namespaced && namespace !== undefined
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${resource.plural}`
    : `${root}/${resource.plural}`;
}

/**
 * The path of one object or of a subresource of it.
 *
 * @throws {TypeError} when name or namespace is missing: the path would be another object's
 */
export function objectPath(
  resource: Resource,
  { name, namespace, subresource }: ObjectName & {
    readonly subresource?: string | undefined;
  },
): string {
  if (name === "") {
    throw new TypeError(`Cannot address ${resource.kind}: the name is empty`);
  }
  const path = `${
    collectionPath(resource, namespaceFor(resource, namespace))
  }/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/**
 * The namespace part for calls on single objects: required for namespaced kinds, ignored for the others.
 *
 * @throws {TypeError} when a namespaced kind comes without one
 */
export function namespaceFor(
  resource: Resource,
  namespace: string | undefined,
): string | undefined {
  if (!resource.namespaced) return undefined;
  if (namespace === undefined || namespace === "") {
    throw new TypeError(
      `Cannot address ${resource.kind}: the namespace is missing`,
    );
  }
  return namespace;
}

/** `namespace/name`, or `name` for cluster-scoped objects: the key of informers and work queues. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name ?? ""}` : name ?? "";
}

/** The other way round of {@linkcode keyOf}. */
export function nameOf(key: string): ObjectName {
  const slash = key.indexOf("/");
  return slash < 0
    ? { name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Joins parameters to a query string, leaving out those that are absent; with the `?`, or empty. */
export function queryString(
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

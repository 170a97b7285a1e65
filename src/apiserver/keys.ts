/**
 * Where objects lie in the store: `<storagePrefix>/<namespace>/<name>`, or `<storagePrefix>/<name>` without a namespace.
 *
 * @module
 */
import type { Key } from "../store/store.ts";

/** What of a kind decides its keys. */
export interface Stored {
  readonly storagePrefix: string;
  readonly namespaced: boolean;
}

/** The key of one object. */
export function objectKey(
  kind: Stored,
  at: { readonly namespace: string; readonly name: string },
): Key {
  return kind.namespaced
    ? `${kind.storagePrefix}/${at.namespace}/${at.name}`
    : `${kind.storagePrefix}/${at.name}`;
}

/** The prefix of a collection; of all namespaces when `namespace` is "". */
export function collectionPrefix(kind: Stored, namespace: string): Key {
  return kind.namespaced && namespace !== ""
    ? `${kind.storagePrefix}/${namespace}/`
    : `${kind.storagePrefix}/`;
}

/** The key of a namespace itself. */
export function namespaceKey(namespace: string): Key {
  return `namespaces/${namespace}`;
}

/** Name and namespace ("" without one) back from a key. */
export function nameOfKey(
  kind: Stored,
  key: Key,
): { namespace: string; name: string } {
  const rest = key.slice(kind.storagePrefix.length + 1);
  if (!kind.namespaced) return { namespace: "", name: rest };
  const slash = rest.indexOf("/");
  return { namespace: rest.slice(0, slash), name: rest.slice(slash + 1) };
}

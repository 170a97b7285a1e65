/**
 * NamespaceLifecycle: nothing is made in a namespace that is not there or going away, and the namespaces that the cluster needs stay.
 *
 * The first half is checked inside the transaction of the write, so that nothing slips in while a namespace is deleted.
 *
 * @module
 */
import type { Namespace } from "../../api/core/namespace.ts";
import { ApiError, forbidden, notFound } from "../../api/status.ts";
import type { Row, Store } from "../../store/store.ts";
import { namespaceKey } from "../keys.ts";
import type { AdmissionPlugin } from "./admission.ts";

/** Namespaces that cannot be deleted. */
export const IMMORTAL_NAMESPACES: readonly string[] = [
  "default",
  "kube-system",
  "kube-public",
];

/**
 * Refuses a new object whose namespace is missing (404) or terminating (403).
 *
 * @throws {ApiError}
 */
export function assertNamespaceOpen(
  row: Row | undefined,
  target: {
    readonly kind: { readonly group: string; readonly plural: string };
    readonly namespace: string;
    readonly name: string;
  },
): void {
  const { kind, namespace, name } = target;
  if (row === undefined) {
    throw notFound({ group: "", plural: "namespaces" }, namespace);
  }
  // Deletion is rare: the text tells without parsing that it has not begun.
  if (!row.text.includes('"deletionTimestamp"')) return;
  const object: Namespace = JSON.parse(row.text);
  if (object.metadata.deletionTimestamp === undefined) return;
  const refusal = forbidden(
    kind,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  throw new ApiError({
    ...refusal.status,
    details: {
      ...refusal.status.details,
      causes: [{
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace",
      }],
    },
  });
}

/**
 * The other half: protects namespaces, and looks at the namespace of a new object before anybody else says something about the object. (The
 * transaction looks again.)
 */
export function namespaceLifecycle(store: Store): AdmissionPlugin {
  return {
    name: "NamespaceLifecycle",
    mutate({ operation, kind, namespace, name }) {
      if (operation !== "CREATE" || !kind.namespaced) return;
      assertNamespaceOpen(store.get(namespaceKey(namespace)), {
        kind,
        namespace,
        name,
      });
    },
    validate({ operation, kind, name }) {
      if (operation !== "DELETE" || kind.storagePrefix !== "namespaces") return;
      if (IMMORTAL_NAMESPACES.includes(name)) {
        throw forbidden(kind, name, "this namespace may not be deleted");
      }
    },
  };
}

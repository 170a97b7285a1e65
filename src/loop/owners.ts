/**
 * Owner references: who controls whom.
 *
 * @module
 */
import { apiVersionOf } from "../client/paths.ts";
import type { KubeObject, Resource } from "../api/kind.ts";
import type { OwnerReference } from "../api/meta.ts";
import type { Pod } from "../api/core/pod.ts";
import { claimKeysOf } from "../api/volumes/claim_words.ts";

/** Index of pods and replica sets by the uid of what controls them. */
export const BY_CONTROLLER = "controller";
/** Index by namespace of what nobody controls. */
export const ORPHANS = "orphans";
/** Index by namespace. */
export const BY_NAMESPACE = "namespace";
/** Index of pods by node. */
export const BY_NODE = "node";
/** Index of pods by the claims that they use (`namespace/name`), of volumes by the claim that they are for. */
export const BY_CLAIM = "claim";

/** The reference that says who controls an object. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller);
}

/** The reference to write into what `owner` controls. */
export function controllerReference(
  owner: KubeObject,
  resource: Resource,
): OwnerReference {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name: owner.metadata.name ?? "",
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The indexes {@linkcode BY_CONTROLLER} and {@linkcode ORPHANS}, for any kind. */
export const OWNER_INDEXES: Readonly<
  Record<string, (object: KubeObject) => readonly string[]>
> = {
  [BY_CONTROLLER]: (object) => {
    const owner = controllerOf(object);
    return owner === undefined ? [] : [owner.uid];
  },
  [ORPHANS]: (object) =>
    controllerOf(object) === undefined ? [object.metadata.namespace ?? ""] : [],
};

/** The indexes that controllers use on pods. */
export const POD_INDEXES: Readonly<
  Record<string, (pod: Pod) => readonly string[]>
> = {
  ...OWNER_INDEXES,
  [BY_NAMESPACE]: (pod) => [pod.metadata.namespace ?? ""],
  [BY_NODE]: ({ spec }) => spec.nodeName ? [spec.nodeName] : [],
  [BY_CLAIM]: claimKeysOf,
};

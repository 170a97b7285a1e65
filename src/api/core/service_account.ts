import { defineKind } from "../define.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type LocalObjectReference,
  localObjectReference,
  type ObjectReference,
  objectReference,
} from "./reference.ts";
import {
  bool,
  type Field,
  list,
  object,
  optional,
  pointer,
  typeMeta,
} from "../schema/words.ts";

/** An identity for Pods. */
export interface ServiceAccount extends KubeObject {
  /** Deprecated: Secrets that its Pods may mount. */
  secrets?: ObjectReference[];
  /** Secrets for pulling images of its Pods. */
  imagePullSecrets?: LocalObjectReference[];
  /** Whether its Pods get a token. Default: true. */
  automountServiceAccountToken?: boolean;
}

/** Schema of {@linkcode ServiceAccount}. */
export const serviceAccount: Field<ServiceAccount> = object<ServiceAccount>(
  "io.k8s.api.core.v1.ServiceAccount",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    secrets: optional(
      list(objectReference, {
        type: "map",
        keys: ["name"],
        strategy: "merge",
        mergeKey: "name",
      }),
    ),
    imagePullSecrets: optional(list(localObjectReference, { type: "atomic" })),
    automountServiceAccountToken: pointer(bool),
  }),
);

/** Identities of Pods. */
export const serviceAccounts: Kind<ServiceAccount> = defineKind({
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  namespaced: true,
  shortNames: ["sa"],
  subresources: ["token"],
  type: serviceAccount,
});

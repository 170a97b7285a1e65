import {
  defaulted,
  type Field,
  object,
  optional,
  pointer,
  str,
  uid,
} from "./schema/words.ts";

/** ObjectReference. */
export interface ObjectReference {
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiVersion?: string;
  resourceVersion?: string;
  fieldPath?: string;
}

/** Schema of {@linkcode ObjectReference}. */
export const objectReference: Field<ObjectReference> = object<ObjectReference>(
  "io.k8s.api.core.v1.ObjectReference",
  () => ({
    kind: optional(str),
    namespace: optional(str),
    name: optional(str),
    uid: optional(uid),
    apiVersion: optional(str),
    resourceVersion: optional(str),
    fieldPath: optional(str),
  }),
  { atomic: true },
);

/** LocalObjectReference. */
export interface LocalObjectReference {
  name?: string;
}

/** Schema of {@linkcode LocalObjectReference}. */
export const localObjectReference: Field<LocalObjectReference> = object<
  LocalObjectReference
>(
  "io.k8s.api.core.v1.LocalObjectReference",
  () => ({
    name: defaulted(optional(str), ""),
  }),
  { atomic: true },
);

/** TypedLocalObjectReference. */
export interface TypedLocalObjectReference {
  apiGroup?: string;
  kind: string;
  name: string;
}

/** Schema of {@linkcode TypedLocalObjectReference}. */
export const typedLocalObjectReference: Field<TypedLocalObjectReference> =
  object<TypedLocalObjectReference>(
    "io.k8s.api.core.v1.TypedLocalObjectReference",
    () => ({
      apiGroup: pointer(str),
      kind: str,
      name: str,
    }),
    { atomic: true },
  );

/** TypedObjectReference. */
export interface TypedObjectReference {
  apiGroup?: string;
  kind: string;
  name: string;
  namespace?: string;
}

/** Schema of {@linkcode TypedObjectReference}. */
export const typedObjectReference: Field<TypedObjectReference> = object<
  TypedObjectReference
>(
  "io.k8s.api.core.v1.TypedObjectReference",
  () => ({
    apiGroup: pointer(str),
    kind: str,
    name: str,
    namespace: pointer(str),
  }),
);

/** SecretReference. */
export interface SecretReference {
  name?: string;
  namespace?: string;
}

/** Schema of {@linkcode SecretReference}. */
export const secretReference: Field<SecretReference> = object<SecretReference>(
  "io.k8s.api.core.v1.SecretReference",
  () => ({
    name: optional(str),
    namespace: optional(str),
  }),
  { atomic: true },
);

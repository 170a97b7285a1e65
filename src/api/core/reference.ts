import {
  defaulted,
  type Field,
  object,
  optional,
  pointer,
  str,
  uid,
} from "../schema/words.ts";

/** Points to an object, or to a part of it. */
export interface ObjectReference {
  /** Kind of the object. */
  kind?: string;
  /** Its namespace. */
  namespace?: string;
  /** Its name. */
  name?: string;
  /** Its UID. */
  uid?: string;
  /** Its group and version. */
  apiVersion?: string;
  /** The version that is meant. */
  resourceVersion?: string;
  /** The part that is meant, for example `spec.containers{web}`. */
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

/** Points to an object in the same namespace. */
export interface LocalObjectReference {
  /** Its name. */
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

/** Points to an object of some kind in the same namespace. */
export interface TypedLocalObjectReference {
  /** Its group; absent is the core group. */
  apiGroup?: string;
  /** Its kind. */
  kind: string;
  /** Its name. */
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

/** Points to an object of some kind, also in another namespace. */
export interface TypedObjectReference {
  /** Its group; absent is the core group. */
  apiGroup?: string;
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
  /** Its namespace; absent is the same one. */
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

/** Points to a Secret. */
export interface SecretReference {
  /** Its name. */
  name?: string;
  /** Its namespace. */
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

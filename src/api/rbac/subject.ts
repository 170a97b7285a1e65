import {
  type Field,
  notNeeded,
  object,
  optional,
  str,
} from "../schema/words.ts";

/** Who gets a role. */
export interface Subject {
  /** `User`, `Group` or `ServiceAccount`. */
  kind: string;
  /** Group of the kind. Default: rbac.authorization.k8s.io for users and groups, "" for service accounts. */
  apiGroup?: string;
  /** Name of the user, group or service account. */
  name: string;
  /** Namespace of the service account. */
  namespace?: string;
}

/** Schema of {@linkcode Subject}. */
export const subject: Field<Subject> = object<Subject>(
  "io.k8s.api.rbac.v1.Subject",
  () => ({
    kind: str,
    apiGroup: optional(str),
    name: str,
    namespace: optional(str),
  }),
  { atomic: true },
);

/** Points to the role that is given. */
export interface RoleRef {
  /** Group of the role. Default: rbac.authorization.k8s.io. */
  apiGroup: string;
  /** `Role` or `ClusterRole`. */
  kind: string;
  /** Name of the role. */
  name: string;
}

/** Schema of {@linkcode RoleRef}. */
export const roleRef: Field<RoleRef> = object<RoleRef>(
  "io.k8s.api.rbac.v1.RoleRef",
  () => ({
    apiGroup: notNeeded(str),
    kind: str,
    name: str,
  }),
  { atomic: true },
);

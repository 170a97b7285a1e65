import { bindingColumns } from "../columns/rbac.ts";
import { defaultBinding } from "../defaults/rbac.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  needed,
  object,
  optional,
  typeMeta,
} from "../schema/words.ts";
import { pathSegment } from "../validation/names.ts";
import {
  validateRoleBinding,
  validateRoleRefUpdate,
} from "../validation/rbac.ts";
import { type RoleRef, roleRef, type Subject, subject } from "./subject.ts";

/** Gives a role to users, groups and service accounts, in one namespace. */
export interface RoleBinding extends KubeObject {
  /** Who gets the role. */
  subjects?: Subject[];
  /** The role: one of the same namespace, or one of the cluster; cannot change. */
  roleRef: RoleRef;
}

/** Schema of {@linkcode RoleBinding}. */
export const roleBinding: Field<RoleBinding> = object<RoleBinding>(
  "io.k8s.api.rbac.v1.RoleBinding",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    subjects: optional(list(subject, { type: "atomic" })),
    roleRef: needed(roleRef),
  }),
);

/** Who has which role in a namespace. */
export const roleBindings: Kind<RoleBinding> = defineKind({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "RoleBinding",
  plural: "rolebindings",
  namespaced: true,
  type: roleBinding,
  nameRule: pathSegment,
  setDefaults: defaultBinding,
  validate: validateRoleBinding,
  validateUpdate: validateRoleRefUpdate,
  columns: bindingColumns,
});

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
  validateClusterRoleBinding,
  validateRoleRefUpdate,
} from "../validation/rbac.ts";
import { type RoleRef, roleRef, type Subject, subject } from "./subject.ts";

/** Gives a role to users, groups and service accounts, in the whole cluster. */
export interface ClusterRoleBinding extends KubeObject {
  /** Who gets the role. */
  subjects?: Subject[];
  /** The role, a ClusterRole; cannot change. */
  roleRef: RoleRef;
}

/** Schema of {@linkcode ClusterRoleBinding}. */
export const clusterRoleBinding: Field<ClusterRoleBinding> = object<
  ClusterRoleBinding
>(
  "io.k8s.api.rbac.v1.ClusterRoleBinding",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    subjects: optional(list(subject, { type: "atomic" })),
    roleRef: needed(roleRef),
  }),
);

/** Who has which role in the whole cluster. */
export const clusterRoleBindings: Kind<ClusterRoleBinding> = defineKind({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  namespaced: false,
  type: clusterRoleBinding,
  nameRule: pathSegment,
  setDefaults: defaultBinding,
  validate: validateClusterRoleBinding,
  validateUpdate: validateRoleRefUpdate,
  columns: bindingColumns,
});

import { createdAtColumn, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  notNeeded,
  object,
  typeMeta,
} from "../schema/words.ts";
import { pathSegment } from "../validation/names.ts";
import { validateRole } from "../validation/rbac.ts";
import { type PolicyRule, policyRule } from "./policy_rule.ts";

/** Permissions in one namespace, under a name. */
export interface Role extends KubeObject {
  /** What may be done. */
  rules: PolicyRule[];
}

/** Schema of {@linkcode Role}. */
export const role: Field<Role> = object<Role>(
  "io.k8s.api.rbac.v1.Role",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    rules: notNeeded(list(policyRule, { type: "atomic" })),
  }),
);

/** Permissions in one namespace. */
export const roles: Kind<Role> = defineKind({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "Role",
  plural: "roles",
  namespaced: true,
  type: role,
  nameRule: pathSegment,
  validate: validateRole,
  columns: [nameColumn(), createdAtColumn()],
});

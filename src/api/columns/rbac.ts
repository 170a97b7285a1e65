/**
 * The columns of role bindings.
 *
 * @module
 */
import type { Column } from "../kind.ts";
import type { RoleBinding } from "../rbac/role_binding.ts";
import type { Subject } from "../rbac/subject.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

function named(
  { subjects = [] }: RoleBinding,
  kind: string,
  text: (subject: Subject) => string,
): string {
  return subjects.filter((s) => s.kind === kind).map(text).join(", ");
}

/** Columns of RoleBindings and ClusterRoleBindings. */
export const bindingColumns: readonly Column<RoleBinding>[] = [
  nameColumn(),
  column("Role", ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`, {
    description: "The role that is given",
  }),
  ageColumn(),
  column("Users", (o) => named(o, "User", (s) => s.name), {
    wide: true,
    description: "Users that get the role",
  }),
  column("Groups", (o) => named(o, "Group", (s) => s.name), {
    wide: true,
    description: "Groups that get the role",
  }),
  column(
    "ServiceAccounts",
    (o) => named(o, "ServiceAccount", (s) => `${s.namespace ?? ""}/${s.name}`),
    { wide: true, description: "Service accounts that get the role" },
  ),
];

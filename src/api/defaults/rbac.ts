/**
 * Defaults of role bindings.
 *
 * @module
 */
import type { RoleRef, Subject } from "../rbac/subject.ts";

/** The API group of roles, users and groups. */
export const RBAC_GROUP = "rbac.authorization.k8s.io";

/** Fills in the groups that a binding leaves out. */
export function defaultBinding(
  { roleRef, subjects = [] }: {
    readonly roleRef: RoleRef;
    readonly subjects?: readonly Subject[];
  },
): void {
  if (roleRef.apiGroup === "") roleRef.apiGroup = RBAC_GROUP;
  for (const subject of subjects) {
    if (subject.kind !== "User" && subject.kind !== "Group") continue;
    subject.apiGroup ??= RBAC_GROUP;
  }
}

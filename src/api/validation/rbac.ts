/**
 * The rules of roles and of what binds them. They follow `pkg/apis/rbac/validation` of Kubernetes.
 *
 * @module
 */
import { RBAC_GROUP } from "../defaults/rbac.ts";
import { sameJson } from "../equal.ts";
import { invalidValue, notSupported, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { ClusterRole } from "../rbac/cluster_role.ts";
import type { ClusterRoleBinding } from "../rbac/cluster_role_binding.ts";
import type { PolicyRule } from "../rbac/policy_rule.ts";
import type { Role } from "../rbac/role.ts";
import type { RoleBinding } from "../rbac/role_binding.ts";
import type { RoleRef, Subject } from "../rbac/subject.ts";
import { validateLabelSelector } from "../selector.ts";
import { dnsSubdomain, pathSegment } from "./names.ts";
import { each } from "./values.ts";

function validateRule(
  rule: PolicyRule,
  field: string,
  namespaced: boolean,
): FieldError[] {
  const found: FieldError[] = [];
  const { apiGroups = [], resources = [], resourceNames = [] } = rule;
  const { nonResourceURLs = [] } = rule;
  if (rule.verbs.length === 0) {
    found.push(
      required(`${field}.verbs`, "verbs must contain at least one value"),
    );
  }
  if (nonResourceURLs.length > 0) {
    const wrong = (why: string) =>
      invalidValue(`${field}.nonResourceURLs`, nonResourceURLs, why);
    if (namespaced) {
      found.push(wrong("namespaced rules cannot apply to non-resource URLs"));
    }
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      found.push(
        wrong(
          "rules cannot apply to both regular resources and non-resource URLs",
        ),
      );
    }
    return found;
  }
  if (apiGroups.length === 0) {
    found.push(
      required(
        `${field}.apiGroups`,
        "resource rules must supply at least one api group",
      ),
    );
  }
  if (resources.length === 0) {
    found.push(
      required(
        `${field}.resources`,
        "resource rules must supply at least one resource",
      ),
    );
  }
  return found;
}

/** The rules of a Role, beside those of its metadata. */
export function validateRole({ rules }: Role): FieldError[] {
  return rules.flatMap((rule, i) => validateRule(rule, `rules[${i}]`, true));
}

/** The rules of a ClusterRole, beside those of its metadata. */
export function validateClusterRole(
  { rules, aggregationRule }: ClusterRole,
): FieldError[] {
  const found = rules.flatMap((rule, i) =>
    validateRule(rule, `rules[${i}]`, false)
  );
  if (aggregationRule === undefined) return found;
  const field = "aggregationRule.clusterRoleSelectors";
  const { clusterRoleSelectors: selectors = [] } = aggregationRule;
  if (selectors.length === 0) {
    found.push(
      required(
        field,
        "at least one clusterRoleSelector required if aggregationRule is non-nil",
      ),
    );
  }
  selectors.forEach((selector, i) => {
    const at = `${field}[${i}]`;
    const wrong = validateLabelSelector(selector, at);
    found.push(...wrong);
    if (wrong.length > 0) {
      found.push(invalidValue(at, null, "invalid label selector."));
    }
  });
  return found;
}

function validateRef(
  { apiGroup, kind, name }: RoleRef,
  kinds: readonly string[],
): FieldError[] {
  return [
    ...(apiGroup === RBAC_GROUP
      ? []
      : [notSupported("roleRef.apiGroup", apiGroup, [RBAC_GROUP])]),
    ...(kinds.includes(kind)
      ? []
      : [notSupported("roleRef.kind", kind, kinds)]),
    ...(name === ""
      ? [required("roleRef.name")]
      : each("roleRef.name", name, pathSegment(name, false))),
  ];
}

function validateSubject(
  { kind, name, namespace = "", apiGroup = "" }: Subject,
  field: string,
  namespaced: boolean,
): FieldError[] {
  const found = name === "" ? [required(`${field}.name`)] : [];
  switch (kind) {
    case "ServiceAccount":
      if (name !== "") {
        found.push(...each(`${field}.name`, name, dnsSubdomain(name, false)));
      }
      if (apiGroup !== "") {
        found.push(notSupported(`${field}.apiGroup`, apiGroup, [""]));
      }
      if (!namespaced && namespace === "") {
        found.push(required(`${field}.namespace`));
      }
      return found;
    case "User":
    case "Group":
      if (apiGroup !== RBAC_GROUP) {
        found.push(notSupported(`${field}.apiGroup`, apiGroup, [RBAC_GROUP]));
      }
      return found;
  }
  found.push(
    notSupported(`${field}.kind`, kind, ["ServiceAccount", "User", "Group"]),
  );
  return found;
}

function validateSubjects(
  subjects: readonly Subject[] = [],
  namespaced: boolean,
): FieldError[] {
  return subjects.flatMap((subject, i) =>
    validateSubject(subject, `subjects[${i}]`, namespaced)
  );
}

/** The rules of a RoleBinding, beside those of its metadata. */
export function validateRoleBinding(
  { roleRef, subjects }: RoleBinding,
): FieldError[] {
  return [
    ...validateRef(roleRef, ["Role", "ClusterRole"]),
    ...validateSubjects(subjects, true),
  ];
}

/** The rules of a ClusterRoleBinding, beside those of its metadata. */
export function validateClusterRoleBinding(
  { roleRef, subjects }: ClusterRoleBinding,
): FieldError[] {
  return [
    ...validateRef(roleRef, ["ClusterRole"]),
    ...validateSubjects(subjects, false),
  ];
}

/** Kubernetes shows its internal form, whose fields are upper-case. */
function shown({ apiGroup, kind, name }: RoleRef): Record<string, string> {
  return { APIGroup: apiGroup, Kind: kind, Name: name };
}

/** The role of a binding stays. */
export function validateRoleRefUpdate(
  next: { readonly roleRef: RoleRef },
  previous: { readonly roleRef: RoleRef },
): FieldError[] {
  return sameJson(next.roleRef, previous.roleRef)
    ? []
    : [invalidValue("roleRef", shown(next.roleRef), "cannot change roleRef")];
}

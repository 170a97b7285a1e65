/**
 * The roles and bindings that every cluster has from its first start. What is missing is added at every start, unless an object says that it wants to
 * stay as it is; what somebody added stays.
 *
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings}
 * @module
 */
import { sameJson } from "../../../api/equal.ts";
import type { Kind, KubeObject } from "../../../api/kind.ts";
import {
  type ClusterRole,
  clusterRoles,
} from "../../../api/rbac/cluster_role.ts";
import { clusterRoleBindings } from "../../../api/rbac/cluster_role_binding.ts";
import {
  type RoleBinding,
  roleBindings,
} from "../../../api/rbac/role_binding.ts";
import { roles } from "../../../api/rbac/role.ts";
import { isApiError } from "../../../api/status.ts";
import type { ApiServer } from "../../call.ts";
import { createObject } from "../../create_object.ts";
import { objectKey } from "../../keys.ts";
import { modifyObject } from "../../modify_object.ts";
import type { Write } from "../../write.ts";
import { missingRules } from "../rbac/rule_cover.ts";
import { componentUser } from "../user.ts";
import { CLUSTER_BINDINGS, NAMESPACE_BINDINGS } from "./bindings.ts";
import { NAMESPACE_ROLES } from "./namespace_roles.ts";
import {
  aggregateLabel,
  AUTO_UPDATE,
  type PolicyBinding,
  policyMetadata,
  type PolicyRole,
  readRules,
  readSubject,
} from "./policy_role.ts";
import { SYSTEM_ROLES } from "./system_roles.ts";
import { USER_ROLES } from "./user_roles.ts";

const API_VERSION = "rbac.authorization.k8s.io/v1";

/** Makes and repairs everything; all writes are on their way at once, so that they share a commit. The system's namespaces must be there. */
export async function ensurePolicy(api: ApiServer): Promise<void> {
  await Promise.all([
    ...[...USER_ROLES, ...SYSTEM_ROLES].map((policy) =>
      ensure(api, clusterRoles, roleOf(policy, "ClusterRole"), repairRole)
    ),
    ...NAMESPACE_ROLES.map((policy) =>
      ensure(api, roles, roleOf(policy, "Role"), repairRole)
    ),
    ...CLUSTER_BINDINGS.map((policy) =>
      ensure(
        api,
        clusterRoleBindings,
        bindingOf(policy, "ClusterRole"),
        repairBinding,
      )
    ),
    ...NAMESPACE_BINDINGS.map((policy) =>
      ensure(api, roleBindings, bindingOf(policy, "Role"), repairBinding)
    ),
  ]);
}

function roleOf(policy: PolicyRole, kind: string): ClusterRole {
  const { aggregateTo, gathers } = policy;
  return {
    kind,
    apiVersion: API_VERSION,
    metadata: policyMetadata(
      policy,
      Object.assign({}, ...[aggregateTo ?? []].flat().map(aggregateLabel)),
    ),
    rules: readRules(policy.rules),
    ...(gathers === undefined ? {} : {
      aggregationRule: {
        clusterRoleSelectors: [{ matchLabels: aggregateLabel(gathers) }],
      },
    }),
  };
}

function bindingOf(policy: PolicyBinding, roleKind: string): RoleBinding {
  const { name, role = name, namespace, subjects } = policy;
  return {
    kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
    apiVersion: API_VERSION,
    metadata: policyMetadata(policy),
    ...(subjects.length === 0 ? {} : { subjects: subjects.map(readSubject) }),
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: roleKind,
      name: role,
    },
  };
}

/** Adds the rules and selectors that a role lacks. */
function repairRole(role: ClusterRole, wanted: ClusterRole): void {
  role.rules = [
    ...role.rules ?? [],
    ...missingRules(role.rules ?? [], wanted.rules).map((rule) => ({
      ...rule,
      verbs: [...rule.verbs],
    })) as ClusterRole["rules"],
  ];
  if (wanted.aggregationRule === undefined) {
    delete role.aggregationRule;
    return;
  }
  const there = role.aggregationRule?.clusterRoleSelectors ?? [];
  const lacking = (wanted.aggregationRule.clusterRoleSelectors ?? [])
    .filter((selector) => !there.some((own) => sameJson(own, selector)));
  if (lacking.length === 0) return;
  role.aggregationRule = { clusterRoleSelectors: [...there, ...lacking] };
}

/** Adds the subjects that a binding lacks. One of another role is somebody's own: it cannot be changed, and is left. */
function repairBinding(binding: RoleBinding, wanted: RoleBinding): void {
  if (!sameJson(binding.roleRef, wanted.roleRef)) return;
  const there = binding.subjects ?? [];
  const lacking = (wanted.subjects ?? [])
    .filter((subject) => !there.some((own) => sameJson(own, subject)));
  if (lacking.length > 0) binding.subjects = [...there, ...lacking];
}

async function ensure<T extends KubeObject>(
  api: ApiServer,
  kind: Kind<T>,
  wanted: T,
  repair: (object: T, wanted: T) => void,
): Promise<void> {
  const { name = "", namespace = "" } = wanted.metadata;
  const write: Write<T> = {
    kind,
    namespace,
    user: componentUser("apiserver"),
    dryRun: false,
    warnings: [],
  };
  const row = api.store.get(objectKey(kind, { namespace, name }));
  if (row === undefined) {
    try {
      await createObject(api, write, wanted);
    } catch (error) {
      if (!isApiError(error, "AlreadyExists")) throw error;
    }
    return;
  }
  const current: T = JSON.parse(row.text);
  if (!needsRepair(current, wanted, repair)) return;
  await modifyObject(api, write, {
    name,
    part: "",
    change(_current, fresh) {
      const next = fresh();
      repairAll(next, wanted, repair);
      return next;
    },
  });
}

function needsRepair<T extends KubeObject>(
  current: T,
  wanted: T,
  repair: (object: T, wanted: T) => void,
): boolean {
  if (current.metadata.annotations?.[AUTO_UPDATE] === "false") return false;
  const next = structuredClone(current);
  repairAll(next, wanted, repair);
  return !sameJson(next, current);
}

/** Labels and annotations that somebody has changed stay as they are. */
function repairAll<T extends KubeObject>(
  object: T,
  wanted: T,
  repair: (object: T, wanted: T) => void,
): void {
  const { metadata } = object;
  metadata.labels = { ...wanted.metadata.labels, ...metadata.labels };
  metadata.annotations = {
    ...wanted.metadata.annotations,
    ...metadata.annotations,
  };
  repair(object, wanted);
}

/**
 * Role-based access control: what roles allow to those who are bound to them.
 *
 * @module
 */
import type { Store } from "../../../store/store.ts";
import {
  type AccessRequest,
  ALLOW,
  type Authorizer,
  type Decision,
  NO_OPINION,
  type RuleResolver,
  type UserRules,
} from "../authorizer.ts";
import { aggregateText, goString } from "../go_text.ts";
import type { User } from "../user.ts";
import { type PolicyRule, ruleAllows } from "./policy_rule.ts";
import { type Grant, type RoleRef, RoleTables } from "./role_tables.ts";

/** Where in the cluster a grant holds: the whole of it, or one namespace. */
const CLUSTER = "";

/** Allows what bound roles allow, and has no opinion of the rest. */
export class RbacAuthorizer implements Authorizer, RuleResolver, Disposable {
  readonly #tables: RoleTables;

  constructor(store: Store) {
    this.#tables = new RoleTables(store);
  }

  authorize(request: AccessRequest): Decision {
    const errors: string[] = [];
    const namespace = request.resource?.namespace ?? CLUSTER;
    for (const scope of scopes(namespace)) {
      for (const grant of this.#tables.grants(request.user, scope)) {
        const { roleRef } = grant.binding;
        const rules = this.#tables.rules(roleRef, scope);
        if (rules === undefined) errors.push(missingRole(roleRef));
        else if (rules.some((rule) => ruleAllows(rule, request))) {
          return { ...ALLOW, why: () => allowedBy(grant, scope) };
        }
      }
    }
    return errors.length === 0
      ? NO_OPINION
      : { allowed: false, reason: `RBAC: ${aggregateText(errors)}` };
  }

  rulesFor(user: User, namespace: string): UserRules {
    const rules: PolicyRule[] = [];
    const errors: string[] = [];
    for (const scope of scopes(namespace)) {
      for (const { binding } of this.#tables.grants(user, scope)) {
        const found = this.#tables.rules(binding.roleRef, scope);
        if (found === undefined) errors.push(missingRole(binding.roleRef));
        else rules.push(...found);
      }
    }
    return { rules, errors, incomplete: false };
  }

  /** The rules that a binding in this namespace ("": everywhere) gives; undefined when there is no such role. */
  rulesOfRole(
    role: RoleRef,
    namespace: string,
  ): readonly PolicyRule[] | undefined {
    return this.#tables.rules(role, namespace);
  }

  [Symbol.dispose](): void {
    this.#tables[Symbol.dispose]();
  }
}

function scopes(namespace: string): readonly string[] {
  return namespace === CLUSTER ? [CLUSTER] : [CLUSTER, namespace];
}

/** In the words of Kubernetes' lister. */
function missingRole({ kind, name }: RoleRef): string {
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io ${
    goString(name)
  } not found`;
}

function allowedBy({ binding, subject }: Grant, scope: string): string {
  const { metadata: { name = "" }, roleRef } = binding;
  const [kind, full] = scope === CLUSTER
    ? ["ClusterRoleBinding", name]
    : ["RoleBinding", `${name}/${scope}`];
  const who = subject.kind === "ServiceAccount"
    ? `${subject.name}/${subject.namespace || scope}`
    : subject.name;
  return `RBAC: allowed by ${kind} ${goString(full)} of ${roleRef.kind} ${
    goString(roleRef.name)
  } to ${subject.kind} ${goString(who)}`;
}

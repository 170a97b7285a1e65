/**
 * All that somebody may do, over all authorisers.
 *
 * @module
 */
import type { RuleResolver } from "./authorizer.ts";
import { ALL, type PolicyRule } from "./rbac/policy_rule.ts";
import { MASTERS_GROUP, nodeOf } from "./user.ts";

/** What `system:masters` may do. */
export const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: [ALL], apiGroups: [ALL], resources: [ALL] },
  { verbs: [ALL], nonResourceURLs: [ALL] },
];

/** The rules of roles, and those of who needs none. */
export function allRules(rbac: RuleResolver): RuleResolver {
  return {
    rulesFor(user, namespace) {
      const { rules, errors, incomplete } = rbac.rulesFor(user, namespace);
      if (nodeOf(user) !== undefined) {
        const error = "node authorizer does not support user rule resolution";
        return { rules, errors: [error, ...errors], incomplete: true };
      }
      return user.groups.includes(MASTERS_GROUP)
        ? { rules: [...FULL_AUTHORITY, ...rules], errors, incomplete }
        : { rules, errors, incomplete };
    },
  };
}

/**
 * All that somebody may do, over all authorisers.
 *
 * @module
 */
import type { RuleResolver } from "./authorizer.ts";
import { nodeOf } from "./user.ts";

/** The rules of roles; of a node there is more, which no list can tell. */
export function allRules(rbac: RuleResolver): RuleResolver {
  return {
    rulesFor(user, namespace) {
      const found = rbac.rulesFor(user, namespace);
      if (nodeOf(user) === undefined) return found;
      const error = "node authorizer does not support user rule resolution";
      return {
        rules: found.rules,
        errors: [error, ...found.errors],
        incomplete: true,
      };
    },
  };
}

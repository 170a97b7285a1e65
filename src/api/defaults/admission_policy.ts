/**
 * Defaults of admission policies.
 *
 * @module
 */
import type { MatchResources } from "../admissionregistration/policy_match.ts";

function defaultMatch(match: MatchResources | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  const rules = [
    ...match.resourceRules ?? [],
    ...match.excludeResourceRules ?? [],
  ];
  for (const rule of rules) rule.scope ??= "*";
}

/** Fills in what a policy of either kind does not say. */
export function defaultPolicy(
  spec: { failurePolicy?: string; matchConstraints?: MatchResources },
): void {
  spec.failurePolicy ??= "Fail";
  defaultMatch(spec.matchConstraints);
}

/** Fills in what a binding of either kind does not say. */
export function defaultPolicyBinding(
  { matchResources }: { matchResources?: MatchResources },
): void {
  defaultMatch(matchResources);
}

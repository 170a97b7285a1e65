/**
 * Which objects a quota is about.
 *
 * @module
 */
import type {
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from "../core/resource_quota.ts";

/** All conditions of a quota in one form. */
export function scopesOf(
  { scopes = [], scopeSelector }: ResourceQuotaSpec,
): readonly ScopedResourceSelectorRequirement[] {
  return [
    ...scopes.map((scopeName) => ({ scopeName, operator: "Exists" })),
    ...scopeSelector?.matchExpressions ?? [],
  ];
}

/** Whether a value, or none, meets a condition. */
export function matchesValue(
  { operator, values = [] }: ScopedResourceSelectorRequirement,
  value: string | undefined,
): boolean {
  const known = value !== undefined && value !== "";
  switch (operator) {
    case "Exists":
      return known;
    case "DoesNotExist":
      return !known;
    case "In":
      return known && values.includes(value);
    case "NotIn":
      return !known || !values.includes(value);
    default:
      return false;
  }
}

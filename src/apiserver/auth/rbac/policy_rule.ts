/**
 * Rules of roles: what they allow.
 *
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/rbac/}
 * @module
 */
import type { AccessRequest } from "../authorizer.ts";

/** One rule of a Role or ClusterRole, as the API has it. */
export interface PolicyRule {
  /** What may be done; `*` is everything. */
  readonly verbs: readonly string[];
  /** Groups of the resources; `*` is all. */
  readonly apiGroups?: readonly string[];
  /** Plurals, with a slash for subresources; `*` is all. */
  readonly resources?: readonly string[];
  /** Names of the objects; absent means any. */
  readonly resourceNames?: readonly string[];
  /** Paths that are no resources; a `*` may stand at the end. */
  readonly nonResourceURLs?: readonly string[];
}

/** Stands for everything. */
export const ALL = "*";

/** Whether a rule allows a request. */
export function ruleAllows(rule: PolicyRule, request: AccessRequest): boolean {
  if (!has(rule.verbs, request.verb)) return false;
  const { resource } = request;
  if (resource === undefined) {
    return (rule.nonResourceURLs ?? []).some((url) =>
      urlCovers(url, request.path)
    );
  }
  return has(rule.apiGroups, resource.group) &&
    allowsResource(rule.resources, resource) &&
    ((rule.resourceNames?.length ?? 0) === 0 ||
      rule.resourceNames!.includes(resource.name));
}

/** Whether a path is the one of a rule, or below a rule's that ends with a star. */
export function urlCovers(owned: string, path: string): boolean {
  if (owned === path || owned === ALL) return true;
  return owned.endsWith("*") && path.startsWith(owned.replace(/\*+$/, ""));
}

function has(list: readonly string[] | undefined, wanted: string): boolean {
  return list !== undefined && (list.includes(wanted) || list.includes(ALL));
}

function allowsResource(
  resources: readonly string[] | undefined,
  { plural, subresource }: { plural: string; subresource: string },
): boolean {
  if (resources === undefined) return false;
  if (subresource === "") return has(resources, plural);
  return has(resources, `${plural}/${subresource}`) ||
    resources.includes(`*/${subresource}`);
}

/**
 * Which rule of a policy a request meets.
 *
 * @module
 */
import type { User } from "../auth/user.ts";
import type { RequestInfo, ResourcePath } from "../request_info.ts";
import type { Level, Stage } from "./event.ts";
import type { Policy, PolicyRule } from "./policy.ts";

/** How a request is told. */
export interface AuditDecision {
  readonly level: Level;
  /** No events at these. */
  readonly omitStages: ReadonlySet<Stage>;
  readonly omitManagedFields: boolean;
}

/** What is asked. */
export interface AuditedRequest {
  /** Absent when nobody could be identified. */
  readonly user?: User;
  readonly verb: string;
  readonly path: string;
  readonly resource?: ResourcePath;
}

/** The first rule that fits decides. */
export function decide(
  policy: Policy,
  request: AuditedRequest,
): AuditDecision {
  const rule = policy.rules.find((rule) => fits(rule, request));
  return {
    level: rule?.level ?? "None",
    omitStages: new Set([...policy.omitStages, ...rule?.omitStages ?? []]),
    omitManagedFields: rule?.omitManagedFields ?? policy.omitManagedFields,
  };
}

/** The resource of a request as rules see it: a namespace lies within itself. */
export function auditedResource(
  { resource }: RequestInfo,
): ResourcePath | undefined {
  if (resource?.plural !== "namespaces" || resource.group !== "") {
    return resource;
  }
  return { ...resource, namespace: resource.name };
}

function fits(rule: PolicyRule, request: AuditedRequest): boolean {
  const { user, verb } = request;
  const { users, userGroups, verbs } = rule;
  if (users.length > 0 && !users.includes(user?.name ?? "\0")) return false;
  if (
    userGroups.length > 0 &&
    !user?.groups.some((group) => userGroups.includes(group))
  ) return false;
  if (verbs.length > 0 && !verbs.includes(verb)) return false;
  if (rule.namespaces.length > 0 || rule.resources.length > 0) {
    return request.resource !== undefined &&
      fitsResource(rule, request.resource);
  }
  if (rule.nonResourceURLs.length > 0) {
    return request.resource === undefined &&
      rule.nonResourceURLs.some((url) => fitsPath(url, request.path));
  }
  return true;
}

function fitsPath(url: string, path: string): boolean {
  if (url === "*" || url === path) return true;
  return url.endsWith("*") && path.startsWith(url.slice(0, -1));
}

function fitsResource(
  { namespaces, resources }: PolicyRule,
  { group, plural, subresource, namespace, name }: ResourcePath,
): boolean {
  if (namespaces.length > 0 && !namespaces.includes(namespace)) return false;
  if (resources.length === 0) return true;
  const whole = subresource === "" ? plural : `${plural}/${subresource}`;
  const forms = [
    "*",
    whole,
    `${plural}/*`,
    ...subresource === "" ? [] : [`*/${subresource}`],
  ];
  return resources.some((one) => {
    if (one.group !== group && one.group !== "*") return false;
    if (one.resources.length === 0) return true;
    if (one.resourceNames.length > 0 && !one.resourceNames.includes(name)) {
      return false;
    }
    return one.resources.some((resource) => forms.includes(resource));
  });
}

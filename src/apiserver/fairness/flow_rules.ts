/**
 * Which requests a FlowSchema means.
 *
 * @module
 */
import type {
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from "../../api/flowcontrol/flow_rule.ts";
import type { Subject } from "../../api/flowcontrol/flow_subject.ts";
import type { RequestInfo } from "../request_info.ts";
import type { User } from "../auth/user.ts";

const ALL = "*";

/** Whether a rule is about a user. */
export function concernsUser(
  rule: PolicyRulesWithSubjects,
  user: User,
): boolean {
  return rule.subjects.some((subject) => isSubject(subject, user));
}

function isSubject(subject: Subject, { name, groups }: User): boolean {
  switch (subject.kind) {
    case "User":
      return subject.user?.name === ALL || subject.user?.name === name;
    case "Group":
      return subject.group?.name === ALL ||
        groups.includes(subject.group?.name ?? "");
    case "ServiceAccount": {
      const account = subject.serviceAccount;
      if (account === undefined) return false;
      const prefix = `system:serviceaccount:${account.namespace}:`;
      return account.name === ALL
        ? name.startsWith(prefix)
        : name === prefix + account.name;
    }
  }
  return false;
}

/** Whether a rule is about what is asked for. */
export function concernsRequest(
  rule: PolicyRulesWithSubjects,
  info: RequestInfo,
): boolean {
  return info.resource === undefined
    ? rule.nonResourceRules?.some((one) => isPath(one, info)) ?? false
    : rule.resourceRules?.some((one) => isResource(one, info)) ?? false;
}

function isResource(rule: ResourcePolicyRule, info: RequestInfo): boolean {
  const { group, plural, subresource, namespace } = info.resource!;
  const resource = subresource === "" ? plural : `${plural}/${subresource}`;
  return has(rule.verbs, info.verb) && has(rule.apiGroups, group) &&
    has(rule.resources, resource) &&
    (namespace === ""
      ? rule.clusterScope === true
      : has(rule.namespaces, namespace));
}

function isPath(
  rule: NonResourcePolicyRule,
  { verb, path }: RequestInfo,
): boolean {
  return has(rule.verbs, verb) &&
    rule.nonResourceURLs.some((url) =>
      url === ALL || url === path ||
      (url.endsWith("/*") && path.startsWith(url.slice(0, -1)))
    );
}

function has(list: readonly string[], value: string): boolean {
  return list.includes(ALL) || list.includes(value);
}

/**
 * How the roles of a new cluster are written down.
 *
 * A rule is a line: `verbs | groups | resources`, after a further bar the names of objects; or `verbs | paths`. `core` is the group without a name.
 *
 * @module
 */
import type { ClusterRole } from "../../../api/rbac/cluster_role.ts";
import type { PolicyRule } from "../../../api/rbac/policy_rule.ts";
import type { Subject } from "../../../api/rbac/subject.ts";

/** A role. */
export interface PolicyRole {
  /** Absent for roles of the cluster. */
  readonly namespace?: string;
  /** Its name. */
  readonly name: string;
  /** The user-facing roles that take in its rules: `admin`, `edit`, `view`. */
  readonly aggregateTo?: string | readonly string[];
  /** It is put together from the roles that say so in `aggregateTo`. */
  readonly gathers?: string;
  /** A line a rule. */
  readonly rules?: string;
}

/** A binding. */
export interface PolicyBinding {
  /** Absent for bindings in the whole cluster. */
  readonly namespace?: string;
  /** Its name. */
  readonly name: string;
  /** @default the binding's own name */
  readonly role?: string;
  /** `u:` and a user, `g:` and a group, `s:` and a ServiceAccount's namespace and name. */
  readonly subjects: readonly string[];
}

/** Marks what a cluster has from its start. */
const BOOTSTRAPPING = "kubernetes.io/bootstrapping";
/** Keeps an object as it is when it says "false". */
export const AUTO_UPDATE = "rbac.authorization.kubernetes.io/autoupdate";

/** Metadata of all that is made from policy. */
export function policyMetadata(
  { name, namespace }: { readonly name: string; readonly namespace?: string },
  labels: Readonly<Record<string, string>> = {},
): ClusterRole["metadata"] {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { [BOOTSTRAPPING]: "rbac-defaults", ...labels },
    annotations: { [AUTO_UPDATE]: "true" },
  };
}

/** The label by which a role is gathered. */
export function aggregateLabel(role: string): Record<string, string> {
  return { [`rbac.authorization.k8s.io/aggregate-to-${role}`]: "true" };
}

/** Reads the rules of a role. */
export function readRules(text = ""): PolicyRule[] {
  return text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "").map(readRule);
}

function readRule(line: string): PolicyRule {
  const [verbs = [], second = [], resources, resourceNames] = line.split("|")
    .map((part) => part.trim().split(/ +/));
  if (resources === undefined) return { verbs, nonResourceURLs: second };
  return {
    verbs,
    apiGroups: second.map((group) => group === "core" ? "" : group),
    resources,
    ...(resourceNames === undefined ? {} : { resourceNames }),
  };
}

/** Reads a subject. */
export function readSubject(text: string): Subject {
  const type = text.slice(0, 1);
  const rest = text.slice(2);
  if (type === "s") {
    const [namespace = "", name = ""] = rest.split(":");
    return { kind: "ServiceAccount", name, namespace };
  }
  return {
    kind: type === "g" ? "Group" : "User",
    apiGroup: "rbac.authorization.k8s.io",
    name: rest,
  };
}

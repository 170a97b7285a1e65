/**
 * The audit policy: which requests are told, and how much of them.
 *
 * @module
 */
import { parseYaml } from "../../api/yaml_json.ts";
import { messageOf } from "../../base/errors.ts";
import { type Level, LEVELS, type Stage, STAGES } from "./event.ts";

/** Resources of a group. */
export interface GroupResources {
  /** "" is the core group, `*` all. */
  readonly group: string;
  /** For example `pods`, `pods/log`, all subresources of pods, all scales, everything (with stars as in a policy file); none is all. */
  readonly resources: readonly string[];
  /** Only objects of these names; none is all. */
  readonly resourceNames: readonly string[];
}

/** One rule. The first that a request meets decides. Empty lists are no conditions. */
export interface PolicyRule {
  readonly level: Level;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly resources: readonly GroupResources[];
  /** "" is what lies in no namespace. */
  readonly namespaces: readonly string[];
  /** Paths of no resources; `*` may end one. */
  readonly nonResourceURLs: readonly string[];
  readonly omitStages: readonly Stage[];
  /** Whether objects are told without `managedFields`. Absent: as the policy says. */
  readonly omitManagedFields?: boolean;
}

/** A whole policy. Requests that meet no rule are not told. */
export interface Policy {
  readonly rules: readonly PolicyRule[];
  readonly omitStages: readonly Stage[];
  readonly omitManagedFields: boolean;
}

type Raw = Readonly<Record<string, unknown>>;

/** Reads a policy from YAML or JSON. @throws {Error} that says what is wrong */
export function parsePolicy(text: string): Policy {
  let value: unknown;
  try {
    ({ value } = parseYaml(text));
  } catch (error) {
    throw wrong("the file is no YAML", messageOf(error));
  }
  const raw = object(value, "");
  if (raw["apiVersion"] !== "audit.k8s.io/v1" || raw["kind"] !== "Policy") {
    throw wrong("must be a Policy of audit.k8s.io/v1", raw["kind"]);
  }
  known(raw, ["apiVersion", "kind", "metadata", ...POLICY_FIELDS], "");
  const rules = list(raw["rules"], "rules").map((rule, at) =>
    parseRule(object(rule, `rules[${at}]`), `rules[${at}]`)
  );
  if (rules.length === 0) {
    throw wrong("a policy needs a rule at least", "rules");
  }
  return {
    rules,
    omitStages: stages(raw["omitStages"], "omitStages"),
    omitManagedFields: bool(raw["omitManagedFields"], "omitManagedFields") ??
      false,
  };
}

const POLICY_FIELDS = ["rules", "omitStages", "omitManagedFields"];
const RULE_FIELDS = [
  "level",
  "users",
  "userGroups",
  "verbs",
  "resources",
  "namespaces",
  "nonResourceURLs",
  "omitStages",
  "omitManagedFields",
];

function parseRule(raw: Raw, at: string): PolicyRule {
  known(raw, RULE_FIELDS, at);
  const level = raw["level"];
  if (!LEVELS.includes(level as Level)) {
    throw wrong(`${at}.level must be one of ${LEVELS.join(", ")}`, level);
  }
  const nonResourceURLs = strings(
    raw["nonResourceURLs"],
    `${at}.nonResourceURLs`,
  );
  nonResourceURLs.forEach((path) => checkPath(path, at));
  const resources = list(raw["resources"], `${at}.resources`).map((
    one,
    index,
  ) => parseResources(object(one, at), `${at}.resources[${index}]`));
  const namespaces = strings(raw["namespaces"], `${at}.namespaces`);
  if (nonResourceURLs.length > 0 && resources.length + namespaces.length > 0) {
    throw wrong(
      `${at} cannot be for resources and for other paths`,
      nonResourceURLs[0],
    );
  }
  const omitManagedFields = bool(
    raw["omitManagedFields"],
    `${at}.omitManagedFields`,
  );
  return {
    level: level as Level,
    users: strings(raw["users"], `${at}.users`),
    userGroups: strings(raw["userGroups"], `${at}.userGroups`),
    verbs: strings(raw["verbs"], `${at}.verbs`),
    resources,
    namespaces,
    nonResourceURLs,
    omitStages: stages(raw["omitStages"], `${at}.omitStages`),
    ...omitManagedFields === undefined ? {} : { omitManagedFields },
  };
}

function parseResources(raw: Raw, at: string): GroupResources {
  known(raw, ["group", "resources", "resourceNames"], at);
  const { group = "" } = raw;
  const valid = typeof group === "string" && /^(|\*|[a-z0-9.-]+)$/.test(group);
  if (!valid) throw wrong(`${at}.group must be a group without version`, group);
  const resources = strings(raw["resources"], `${at}.resources`);
  const resourceNames = strings(raw["resourceNames"], `${at}.resourceNames`);
  if (resourceNames.length > 0 && resources.length === 0) {
    throw wrong(`${at}.resourceNames needs resources`, resourceNames[0]);
  }
  return { group, resources, resourceNames };
}

function checkPath(path: string, at: string): void {
  if (path === "*") return;
  if (!path.startsWith("/") || path.slice(0, -1).includes("*")) {
    throw wrong(
      `${at}.nonResourceURLs must begin with "/", and "*" may only end one`,
      path,
    );
  }
}

function stages(value: unknown, at: string): Stage[] {
  return strings(value, at).map((stage) => {
    if (STAGES.includes(stage as Stage)) return stage as Stage;
    throw wrong(`${at} must be of ${STAGES.join(", ")}`, stage);
  });
}

function strings(value: unknown, at: string): string[] {
  return list(value, at).map((item) => {
    if (typeof item === "string") return item;
    throw wrong(`${at} must be texts`, item);
  });
}

function bool(value: unknown, at: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  throw wrong(`${at} must be true or false`, value);
}

function list(value: unknown, at: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw wrong(`${at} must be a list`, value);
}

function object(value: unknown, at: string): Raw {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Raw;
  }
  throw wrong(`${at || "the file"} must be an object`, value);
}

/** A field that is spelt wrong would silently tell more or less than is meant. */
function known(raw: Raw, fields: readonly string[], at: string): void {
  const unknown = Object.keys(raw).find((name) => !fields.includes(name));
  if (unknown !== undefined) {
    throw wrong(`${at === "" ? "" : `${at} `}has an unknown field`, unknown);
  }
}

function wrong(what: string, value: unknown): Error {
  return new Error(
    `Cannot use the audit policy: ${what}: ${
      JSON.stringify(value) ?? "absent"
    }`,
  );
}

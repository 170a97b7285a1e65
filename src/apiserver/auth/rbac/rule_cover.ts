/**
 * Whether somebody's rules hold all that other rules would give, and how what is missing is told.
 *
 * @module
 */
import { goString } from "../go_text.ts";
import { ALL, type PolicyRule, urlCovers } from "./policy_rule.ts";

/** The parts of `wanted`, one verb on one thing each, that no rule of `owned` covers. */
export function missingRules(
  owned: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((part) =>
    !owned.some((rule) => covers(rule, part))
  );
}

/** A rule as rules of one verb on one thing. */
export function breakDown(rule: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = [];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const part = {
          apiGroups: [group],
          resources: [resource],
          verbs: [verb],
        };
        const names = rule.resourceNames ?? [];
        if (names.length === 0) parts.push(part);
        for (const name of names) {
          parts.push({ ...part, resourceNames: [name] });
        }
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs) {
      parts.push({ nonResourceURLs: [url], verbs: [verb] });
    }
  }
  return parts;
}

/** Whether one rule holds all of a part that {@linkcode breakDown} made. */
function covers(owned: PolicyRule, part: PolicyRule): boolean {
  const names = owned.resourceNames ?? [];
  return hasAll(owned.verbs, part.verbs) &&
    hasAll(owned.apiGroups, part.apiGroups) &&
    coversResources(owned.resources ?? [], part.resources ?? []) &&
    (names.length === 0 ||
      part.resourceNames !== undefined &&
        part.resourceNames.every((name) => names.includes(name))) &&
    (part.nonResourceURLs ?? []).every((url) =>
      (owned.nonResourceURLs ?? []).some((own) => urlCovers(own, url))
    );
}

function hasAll(
  owned: readonly string[] = [],
  wanted: readonly string[] = [],
): boolean {
  return owned.includes(ALL) || wanted.every((value) => owned.includes(value));
}

function coversResources(
  owned: readonly string[],
  wanted: readonly string[],
): boolean {
  if (owned.includes(ALL)) return true;
  return wanted.every((path) => {
    if (owned.includes(path)) return true;
    const slash = path.indexOf("/");
    return slash >= 0 && owned.includes(`*${path.slice(slash)}`);
  });
}

/** The rules with the verbs on one thing joined, each in Kubernetes' short form, sorted. */
export function describeRules(rules: readonly PolicyRule[]): string[] {
  const joined = new Map<string, { rule: PolicyRule; verbs: string[] }>();
  for (const rule of rules) {
    const { verbs, ...rest } = rule;
    // Only rules on resources are joined, as in Kubernetes.
    const key = rule.nonResourceURLs === undefined
      ? JSON.stringify(rest)
      : JSON.stringify(rule);
    const known = joined.get(key);
    if (known === undefined) joined.set(key, { rule, verbs: [...verbs] });
    else known.verbs.push(...verbs);
  }
  const texts = [...joined.values()].map(({ rule, verbs }) =>
    describeRule({ ...rule, verbs })
  );
  return [...new Set(texts)].sort();
}

function describeRule(rule: PolicyRule): string {
  const parts = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ] as const;
  const texts = parts.flatMap(([name, values]) =>
    values === undefined || values.length === 0
      ? []
      : [`${name}:[${values.map(goString).join(" ")}]`]
  );
  return `{${texts.join(", ")}}`;
}

/**
 * The rules of ResourceQuotas.
 *
 * @module
 */
import type {
  ResourceQuota,
  ResourceQuotaSpec,
} from "../core/resource_quota.ts";
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { ResourceList } from "../schema/words.ts";
import { IMMUTABLE } from "./meta.ts";
import { validateAmount, validateResourceName } from "./resources.ts";

const STANDARD: ReadonlySet<string> = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.storage",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "persistentvolumeclaims",
  "configmaps",
  "services.nodeports",
  "services.loadbalancers",
]);

const OF_PODS = [
  "pods",
  "cpu",
  "memory",
  "limits.cpu",
  "limits.memory",
  "requests.cpu",
  "requests.memory",
];

/** Which resources can be counted within a scope. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  Terminating: OF_PODS,
  NotTerminating: OF_PODS,
  NotBestEffort: OF_PODS,
  PriorityClass: OF_PODS,
  CrossNamespacePodAffinity: OF_PODS,
  BestEffort: ["pods"],
  VolumeAttributesClass: ["persistentvolumeclaims", "requests.storage"],
};

/** Scopes that have no values to compare with. */
const PLAIN_SCOPES = [
  "BestEffort",
  "NotBestEffort",
  "Terminating",
  "NotTerminating",
  "CrossNamespacePodAffinity",
];

const CONFLICTS = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;

function validateSums(
  sums: ResourceList | undefined,
  field: string,
): FieldError[] {
  return Object.entries(sums ?? {}).flatMap(([name, amount]) => {
    const at = `${field}[${name}]`;
    return [
      ...validateResourceName(name, at),
      ...(name.includes("/") || STANDARD.has(name)
        ? []
        : [invalidValue(at, name, "must be a standard resource for quota")]),
      ...validateAmount(name, amount, at),
    ];
  });
}

function countable(scope: string, { hard = {} }: ResourceQuotaSpec): boolean[] {
  const fitting = SCOPES[scope];
  return Object.keys(hard).filter((name) => STANDARD.has(name)).map((name) =>
    fitting === undefined || fitting.includes(name)
  );
}

function conflicts(
  scopes: readonly string[],
  spec: ResourceQuotaSpec,
): FieldError[] {
  return CONFLICTS.filter(([a, b]) => scopes.includes(a) && scopes.includes(b))
    .map(() => conflict(spec));
}

function validateScopes(spec: ResourceQuotaSpec): FieldError[] {
  const field = "spec.scopes";
  const { scopes = [] } = spec;
  const found = scopes.flatMap((scope) => [
    ...(SCOPES[scope] === undefined
      ? [invalidValue(field, scopes, "unsupported scope")]
      : []),
    ...countable(scope, spec).filter((fits) => !fits).map(() =>
      invalidValue(field, scopes, "unsupported scope applied to resource")
    ),
  ]);
  return [...found, ...conflicts(scopes, spec)];
}

function conflict({ scopes }: ResourceQuotaSpec): FieldError {
  return invalidValue("spec.scopes", scopes, "conflicting scopes");
}

function validateScopeSelector(spec: ResourceQuotaSpec): FieldError[] {
  const { scopeSelector } = spec;
  if (scopeSelector === undefined) return [];
  const field = "spec.scopeSelector.matchExpressions";
  const { matchExpressions = [] } = scopeSelector;
  // Kubernetes shows its internal form, whose fields are upper-case.
  const internal = {
    MatchExpressions: matchExpressions.map((e) => ({
      ScopeName: e.scopeName,
      Operator: e.operator,
      Values: e.values ?? null,
    })),
  };
  const found: FieldError[] = [];
  for (const { scopeName, operator, values = [] } of matchExpressions) {
    if (SCOPES[scopeName] === undefined) {
      found.push(
        invalidValue(`${field}.scopeName`, scopeName, "unsupported scope"),
      );
    }
    for (const fits of countable(scopeName, spec)) {
      if (fits) continue;
      found.push(
        invalidValue(field, internal, "unsupported scope applied to resource"),
      );
    }
    if (PLAIN_SCOPES.includes(scopeName) && operator !== "Exists") {
      found.push(
        invalidValue(
          `${field}.operator`,
          operator,
          "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ),
      );
    }
    found.push(...validateOperator(operator, values, field));
  }
  const scopes = matchExpressions.map((e) => e.scopeName);
  return [...found, ...conflicts(scopes, spec)];
}

function validateOperator(
  operator: string,
  values: readonly string[],
  field: string,
): FieldError[] {
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0 ? [] : [
        required(
          `${field}.values`,
          "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        ),
      ];
    case "Exists":
    case "DoesNotExist":
      return values.length === 0 ? [] : [
        invalidValue(
          `${field}.values`,
          values,
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        ),
      ];
    default:
      return [
        invalidValue(
          `${field}.operator`,
          operator,
          "not a valid selector operator",
        ),
      ];
  }
}

/** The rules of a ResourceQuota, beside those of its metadata. */
export function validateResourceQuota({ spec }: ResourceQuota): FieldError[] {
  return [
    ...validateSums(spec.hard, "spec.hard"),
    ...validateScopes(spec),
    ...validateScopeSelector(spec),
  ];
}

/** The rules for a change of a ResourceQuota: its scopes stay. */
export function validateResourceQuotaUpdate(
  { spec: { scopes } }: ResourceQuota,
  previous: ResourceQuota,
): FieldError[] {
  const before = new Set(previous.spec.scopes);
  const same = new Set(scopes).symmetricDifference(before).size === 0;
  return same ? [] : [invalidValue("spec.scopes", scopes, IMMUTABLE)];
}

/** The rules for a change of a ResourceQuota's status. */
export function validateResourceQuotaStatus(
  { status }: ResourceQuota,
): FieldError[] {
  return [
    ...validateSums(status?.hard, "status.hard"),
    ...validateSums(status?.used, "status.used"),
  ];
}

/**
 * The rules of what failures and successes of a Job's Pods mean.
 *
 * @module
 */
import type {
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from "../batch/job_policy.ts";
import type { JobSpec } from "../batch/job_spec.ts";
import {
  duplicate,
  invalidOmitted,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { checkIndexes } from "./job_indexes.ts";
import { isQualifiedName } from "./names.ts";
import { each, notNegative, repeatedPlaces } from "./values.ts";

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_PATTERNS = 20;
const MAX_INDEXES_BYTES = 64 * 1024;
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS = ["In", "NotIn"];
const STATUSES = ["False", "True", "Unknown"];

/** A word that must be there, one of a list; the list is told in both cases. */
function listed(
  field: string,
  value: string,
  supported: readonly string[],
): FieldError[] {
  if (supported.includes(value)) return [];
  const list = supported.map((word) => JSON.stringify(word)).join(" ");
  return value === ""
    ? [required(field, `valid values: [${list}]`)]
    : [notSupported(field, value, supported)];
}

function validateExitCodes(
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  field: string,
  containers: ReadonlySet<string>,
): FieldError[] {
  const found = listed(`${field}.operator`, operator, OPERATORS);
  if (containerName !== undefined && !containers.has(containerName)) {
    found.push(
      invalidValue(
        `${field}.containerName`,
        containerName,
        "must be one of the container or initContainer names in the pod template",
      ),
    );
  }
  const at = `${field}.values`;
  if (values.length === 0) {
    found.push(invalidValue(at, values, "at least one value is required"));
  } else if (values.length > MAX_EXIT_CODES) {
    found.push(tooMany(at, values.length, MAX_EXIT_CODES));
  }
  const repeated = repeatedPlaces(values);
  values.forEach((value, i) => {
    if (operator === "In" && value === 0) {
      found.push(
        invalidValue(
          `${at}[${i}]`,
          value,
          "must not be 0 for the In operator",
        ),
      );
    }
    if (repeated.has(i)) {
      found.push(duplicate(`${at}[${i}]`, value));
    }
  });
  if (values.some((value, i) => i > 0 && values[i - 1]! > value)) {
    found.push(invalidValue(at, values, "must be ordered"));
  }
  return found;
}

function validatePatterns(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  field: string,
): FieldError[] {
  return [
    ...(patterns.length > MAX_PATTERNS
      ? [tooMany(field, patterns.length, MAX_PATTERNS)]
      : []),
    ...patterns.flatMap(({ type, status }, i) => [
      ...each(`${field}[${i}].type`, type, isQualifiedName(type)),
      ...listed(`${field}[${i}].status`, status, STATUSES),
    ]),
  ];
}

function validateFailureRule(
  { action, onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  field: string,
  { spec, containers }: { spec: JobSpec; containers: ReadonlySet<string> },
): FieldError[] {
  const found = listed(`${field}.action`, action, ACTIONS);
  if (action === "FailIndex" && spec.backoffLimitPerIndex === undefined) {
    found.push(
      invalidValue(
        `${field}.action`,
        action,
        "requires the backoffLimitPerIndex to be set",
      ),
    );
  }
  const conditions = onPodConditions.length > 0;
  if (onExitCodes !== undefined) {
    found.push(
      ...validateExitCodes(onExitCodes, `${field}.onExitCodes`, containers),
    );
  }
  if (conditions) {
    found.push(
      ...validatePatterns(onPodConditions, `${field}.onPodConditions`),
    );
  }
  if ((onExitCodes !== undefined) === conditions) {
    found.push(
      invalidOmitted(
        field,
        conditions
          ? "specifying both OnExitCodes and OnPodConditions is not supported"
          : "specifying one of OnExitCodes and OnPodConditions is required",
      ),
    );
  }
  return found;
}

/** The rules of what failures mean. */
export function validateFailurePolicy(
  spec: JobSpec,
  field: string,
): FieldError[] {
  if (spec.podFailurePolicy === undefined) return [];
  const { rules } = spec.podFailurePolicy;
  const { containers, initContainers = [] } = spec.template.spec;
  const names = new Set(
    [...containers, ...initContainers].map(({ name }) => name),
  );
  return [
    ...(rules.length > MAX_RULES
      ? [tooMany(`${field}.rules`, rules.length, MAX_RULES)]
      : []),
    ...rules.flatMap((rule, i) =>
      validateFailureRule(rule, `${field}.rules[${i}]`, {
        spec,
        containers: names,
      })
    ),
  ];
}

function validateSuccessRule(
  { succeededCount: count, succeededIndexes: indexes }: SuccessPolicyRule,
  field: string,
  completions: number,
): FieldError[] {
  if (count === undefined && indexes === undefined) {
    return [
      required(
        field,
        "at least one of succeededCount or succeededIndexes must be specified",
      ),
    ];
  }
  const found: FieldError[] = [];
  let total = 0;
  if (indexes !== undefined) {
    const at = `${field}.succeededIndexes`;
    if (indexes.length > MAX_INDEXES_BYTES) {
      found.push(tooLong(at, MAX_INDEXES_BYTES));
    }
    const checked = checkIndexes(indexes, completions);
    if (typeof checked === "number") total = checked;
    else {
      found.push(
        invalidValue(at, indexes, `error parsing succeededIndexes: ${checked}`),
      );
    }
  }
  if (count === undefined) return found;
  const at = `${field}.succeededCount`;
  found.push(...notNegative(at, count));
  if (count > completions) {
    found.push(
      invalidValue(
        at,
        count,
        `must be less than or equal to ${completions} (the number of specified completions)`,
      ),
    );
  }
  if (indexes !== undefined && count > total) {
    found.push(
      invalidValue(
        at,
        count,
        `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`,
      ),
    );
  }
  return found;
}

/** The rules of when a Job is done early. */
export function validateSuccessPolicy(
  { successPolicy, completions = 0 }: JobSpec,
  field: string,
): FieldError[] {
  const rules = successPolicy?.rules ?? [];
  const at = `${field}.rules`;
  return [
    ...(rules.length === 0
      ? [
        required(
          at,
          "at least one rules must be specified when the successPolicy is specified",
        ),
      ]
      : []),
    ...(rules.length > MAX_RULES ? [tooMany(at, rules.length, MAX_RULES)] : []),
    ...rules.flatMap((rule, i) =>
      validateSuccessRule(rule, `${at}[${i}]`, completions)
    ),
  ];
}

/**
 * The rules of what a Job does, alone or in a template.
 *
 * @module
 */
import type { JobSpec } from "../batch/job_spec.ts";
import {
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { validateFailurePolicy, validateSuccessPolicy } from "./job_policy.ts";
import { isDnsSubdomain, isHttpPath } from "./names.ts";
import { validatePodTemplate } from "./pod_spec.ts";
import { each, notNegative } from "./values.ts";

const MAX_INDEXED_PODS = 100_000;
const MAX_FAILED = 100_000;
/** More indexes than this, each with a limit of its own, must be done by fewer Pods. */
const MANY_COMPLETIONS = 100_000;
const MAX_OF_MANY = 10_000;
const MAX_MANAGED_BY = 63;

const COUNTS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
] as const;

function validateManagedBy(
  name: string | undefined,
  field: string,
): FieldError[] {
  if (name === undefined) return [];
  if (name === "") return [required(field)];
  const slash = name.indexOf("/");
  const found: FieldError[] = [];
  if (slash <= 0 || slash === name.length - 1) {
    found.push(
      invalidValue(
        field,
        name,
        'must be a domain-prefixed path (such as "acme.io/foo")',
      ),
    );
  } else {
    const host = name.slice(0, slash);
    const path = name.slice(slash + 1);
    found.push(
      ...each(field, host, isDnsSubdomain(host)),
      ...each(field, path, isHttpPath(path)),
    );
  }
  if (name.length > MAX_MANAGED_BY) found.push(tooLong(field, MAX_MANAGED_BY));
  return found;
}

function validateIndexed(spec: JobSpec, field: string): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes } = spec;
  const at = (name: string) => `${field}.${name}`;
  const found: FieldError[] = [];
  if (completions === undefined) {
    found.push(
      required(at("completions"), "when completion mode is Indexed"),
    );
  }
  if (parallelism > MAX_INDEXED_PODS) {
    found.push(
      invalidValue(
        at("parallelism"),
        parallelism,
        `must be less than or equal to ${MAX_INDEXED_PODS} when completion mode is Indexed`,
      ),
    );
  }
  if (maxFailedIndexes !== undefined) {
    if (completions !== undefined && maxFailedIndexes > completions) {
      found.push(
        invalidValue(
          at("maxFailedIndexes"),
          maxFailedIndexes,
          "must be less than or equal to completions",
        ),
      );
    }
    if (maxFailedIndexes > MAX_FAILED) {
      found.push(
        invalidValue(
          at("maxFailedIndexes"),
          maxFailedIndexes,
          `must be less than or equal to ${MAX_FAILED}`,
        ),
      );
    }
  }
  if (
    (completions ?? 0) > MANY_COMPLETIONS &&
    spec.backoffLimitPerIndex !== undefined
  ) found.push(...validateMany(spec, field));
  return found;
}

function validateMany(
  { parallelism = 0, maxFailedIndexes }: JobSpec,
  field: string,
): FieldError[] {
  const why =
    `must be less than or equal to ${MAX_OF_MANY} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  return [
    ...(maxFailedIndexes === undefined
      ? [
        required(
          `${field}.maxFailedIndexes`,
          `must be specified when completions is above ${MANY_COMPLETIONS}`,
        ),
      ]
      : []),
    ...(parallelism > MAX_OF_MANY
      ? [invalidValue(`${field}.parallelism`, parallelism, why)]
      : []),
    ...(maxFailedIndexes !== undefined && maxFailedIndexes > MAX_OF_MANY
      ? [invalidValue(`${field}.maxFailedIndexes`, maxFailedIndexes, why)]
      : []),
  ];
}

function validateMode(spec: JobSpec, field: string): FieldError[] {
  const { completionMode: mode = "NonIndexed" } = spec;
  if (mode === "Indexed") return validateIndexed(spec, field);
  const found: FieldError[] = mode === "NonIndexed" ? [] : [
    notSupported(`${field}.completionMode`, mode, ["NonIndexed", "Indexed"]),
  ];
  if (mode !== "NonIndexed") return found;
  for (const name of ["backoffLimitPerIndex", "maxFailedIndexes"] as const) {
    if (spec[name] === undefined) continue;
    found.push(
      invalidValue(
        `${field}.${name}`,
        spec[name],
        "requires indexed completion mode",
      ),
    );
  }
  return found;
}

function validateReplacement(
  { podReplacementPolicy: policy, podFailurePolicy }: JobSpec,
  field: string,
): FieldError[] {
  if (policy === undefined) return [];
  const supported = podFailurePolicy === undefined
    ? ["Failed", "TerminatingOrFailed"]
    : ["Failed"];
  return supported.includes(policy)
    ? []
    : [notSupported(field, policy, supported)];
}

function validateRestart(
  { template, podFailurePolicy }: JobSpec,
  field: string,
): FieldError[] {
  const { restartPolicy = "" } = template.spec;
  switch (restartPolicy) {
    case "":
    case "Always":
      return [required(field, 'valid values: "OnFailure", "Never"')];
    case "Never":
      return [];
    case "OnFailure":
      return podFailurePolicy === undefined ? [] : [
        invalidValue(
          field,
          restartPolicy,
          'only "Never" is supported when podFailurePolicy is specified',
        ),
      ];
    default:
      return [notSupported(field, restartPolicy, ["OnFailure", "Never"])];
  }
}

/** The rules of what a Job does; its selector is the caller's. */
export function validateJobSpec(spec: JobSpec, field: string): FieldError[] {
  const at = (name: string) => `${field}.${name}`;
  const { successPolicy } = spec;
  return [
    ...COUNTS.flatMap((name) => notNegative(at(name), spec[name])),
    ...(spec.maxFailedIndexes !== undefined &&
        spec.backoffLimitPerIndex === undefined
      ? [
        required(
          at("backoffLimitPerIndex"),
          "when maxFailedIndexes is specified",
        ),
      ]
      : []),
    ...validateManagedBy(spec.managedBy, at("managedBy")),
    ...validateMode(spec, field),
    ...validateFailurePolicy(spec, at("podFailurePolicy")),
    ...(successPolicy === undefined
      ? []
      : spec.completionMode === "Indexed"
      ? validateSuccessPolicy(spec, at("successPolicy"))
      : [
        invalidValue(
          at("successPolicy"),
          // Kubernetes shows its internal form, whose fields are upper-case.
          {
            Rules: successPolicy.rules.map((rule) => ({
              SucceededIndexes: rule.succeededIndexes ?? null,
              SucceededCount: rule.succeededCount ?? null,
            })),
          },
          "requires indexed completion mode",
        ),
      ]),
    ...validateReplacement(spec, at("podReplacementPolicy")),
    ...validatePodTemplate(spec.template, at("template")),
    ...validateRestart(spec, at("template.spec.restartPolicy")),
  ];
}

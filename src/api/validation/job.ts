/**
 * The rules of Jobs.
 *
 * @module
 */
import {
  CONTROLLER_UID_LABEL,
  JOB_NAME_LABEL,
  OLD_LABELS,
} from "../batch/job_selector.ts";
import type { Job } from "../batch/job.ts";
import type { JobSpec } from "../batch/job_spec.ts";
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { Labels } from "../selector.ts";
import {
  SelectorError,
  selectorOf,
  validateLabelSelector,
} from "../selector.ts";
import { validateJobSpec } from "./job_spec.ts";
import { validateJobTemplateUpdate } from "./job_template.ts";
import { unchanged } from "./meta.ts";
import { isDnsLabel } from "./names.ts";

function matches(
  selector: JobSpec["selector"],
  labels: Labels | undefined,
): boolean {
  try {
    return selectorOf(selector).matches(labels);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    // What is wrong with the selector is told elsewhere.
    return true;
  }
}

function hasLabel(
  labels: Labels | undefined,
  key: string,
  expected: string,
): FieldError[] {
  const field = `spec.template.metadata.labels[${key}]`;
  const value = labels?.[key];
  const why = `must be '${expected}'`;
  if (value === undefined) return [required(field, why)];
  return value === expected ? [] : [invalidValue(field, labels, why)];
}

/** The labels that the server gives, unless the client does that itself, must be there. */
function validateGenerated({ metadata, spec }: Job): FieldError[] {
  if (spec.manualSelector === true || spec.selector === undefined) return [];
  const { uid = "", name = "" } = metadata;
  const labels = spec.template.metadata?.labels;
  const expected = {
    [OLD_LABELS.uid]: uid,
    [OLD_LABELS.name]: name,
    [CONTROLLER_UID_LABEL]: uid,
    [JOB_NAME_LABEL]: name,
  };
  return [
    ...(uid === "" ? [required("metadata.uid")] : []),
    ...Object.entries(expected).flatMap(([key, value]) =>
      hasLabel(labels, key, value)
    ),
    ...(matches(spec.selector, expected) ? [] : [
      invalidValue(
        "spec.selector",
        spec.selector,
        "`selector` not auto-generated",
      ),
    ]),
  ];
}

/** The rules of a Job, beside those of its metadata. */
export function validateJob(job: Job): FieldError[] {
  const { metadata: { name = "" }, spec } = job;
  const labels = spec.template.metadata?.labels;
  const found = [
    ...validateGenerated(job),
    ...validateJobSpec(spec, "spec"),
    ...(spec.selector === undefined
      ? [required("spec.selector")]
      : validateLabelSelector(spec.selector, "spec.selector")),
  ];
  if (!matches(spec.selector, labels)) {
    found.push(
      invalidValue(
        "spec.template.metadata.labels",
        labels,
        "`selector` does not match template `labels`",
      ),
    );
  }
  const { completions = 0 } = spec;
  if (spec.completionMode === "Indexed" && completions > 0) {
    // Each Pod's host name ends with its number.
    const last = `${name}-${completions - 1}`;
    if (isDnsLabel(last).length > 0) {
      found.push(
        invalidValue(
          "metadata.name",
          name,
          `will not able to create pod with invalid DNS label: ${last}`,
        ),
      );
    }
  }
  return found;
}

function validateCompletions(next: JobSpec, previous: JobSpec): FieldError[] {
  const field = "spec.completions";
  const { completions } = next;
  if (next.completionMode !== "Indexed") {
    return unchanged(field, {
      next: completions,
      previous: previous.completions,
    });
  }
  return completions === undefined || completions === previous.completions ||
      completions === next.parallelism
    ? []
    : [
      invalidValue(
        field,
        completions,
        "can only be modified in tandem with spec.parallelism",
      ),
    ];
}

const FIXED = [
  "completionMode",
  "podFailurePolicy",
  "backoffLimitPerIndex",
  "managedBy",
  "successPolicy",
] as const;

/** The rules for a change of a Job: what its Pods are stays, but while it waits. */
export function validateJobUpdate(next: Job, previous: Job): FieldError[] {
  return [
    ...validateCompletions(next.spec, previous.spec),
    ...unchanged("spec.selector", {
      next: next.spec.selector,
      previous: previous.spec.selector,
    }),
    ...validateJobTemplateUpdate(next, previous),
    ...FIXED.flatMap((name) =>
      unchanged(`spec.${name}`, {
        next: next.spec[name],
        previous: previous.spec[name],
      })
    ),
  ];
}

/**
 * Defaults of jobs and what makes them.
 *
 * @module
 */
import type { JobSpec } from "../batch/job_spec.ts";
import type { ObjectMeta } from "../meta.ts";
import { defaultPodSpec } from "./pod_spec.ts";

/** How many failures there may be. */
export const DEFAULT_BACKOFF_LIMIT = 6;
const MAX_INT32 = 2 ** 31 - 1;

/** The defaults that a template of jobs has as well. */
export function defaultJobTemplate(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) {
      if (pattern.status === "") pattern.status = "True";
    }
  }
  defaultPodSpec(spec.template.spec);
}

/** Fills in what a job leaves open. */
export function defaultJob(
  { metadata, spec }: { metadata: ObjectMeta; spec: JobSpec },
): void {
  if (spec.parallelism === undefined) {
    spec.completions ??= 1;
    spec.parallelism = 1;
  }
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined
    ? DEFAULT_BACKOFF_LIMIT
    : MAX_INT32;
  const labels = spec.template.metadata?.labels;
  // The very same ones: those that the server adds to the template are the job's as well.
  if (labels !== undefined && metadata.labels === undefined) {
    metadata.labels = labels;
  }
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined
    ? "TerminatingOrFailed"
    : "Failed";
  spec.manualSelector ??= false;
  defaultJobTemplate(spec);
}

/**
 * What a client is warned of when it writes jobs and what makes them.
 *
 * @module
 */
import type { CronJob } from "../batch/cron_job.ts";
import type { Job } from "../batch/job.ts";
import type { JobSpec } from "../batch/job_spec.ts";
import { nameWarnings, podWarnings } from "./pod.ts";

/** From here on the record of finished indexes may not fit any more. */
const MANY_COMPLETIONS = 100_000;
const MANY_PODS = 10_000;
const IN_NAMES = "this is used in Pod names and hostnames";

function specWarnings(spec: JobSpec, field: string): string[] {
  const { completionMode, completions = 0, parallelism = 0 } = spec;
  return [
    ...(completionMode === "Indexed" && completions > MANY_COMPLETIONS &&
        parallelism > MANY_PODS
      ? [
        `${field}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
      ]
      : []),
    ...podWarnings(spec.template, `${field}.template.`),
  ];
}

/** Warnings about a new or changed job. */
export function warnOfJob({ metadata, spec }: Job, previous?: Job): string[] {
  if (previous === undefined) {
    return [
      ...nameWarnings(metadata.name, IN_NAMES),
      ...specWarnings(spec, "spec"),
    ];
  }
  return metadata.generation === previous.metadata.generation
    ? []
    : specWarnings(spec, "spec");
}

/** Warnings about a new or changed cron job. */
export function warnOfCronJob(
  { metadata, spec }: CronJob,
  previous?: CronJob,
): string[] {
  const field = "spec.jobTemplate.spec";
  if (previous === undefined) {
    return [
      ...nameWarnings(metadata.name, IN_NAMES),
      ...specWarnings(spec.jobTemplate.spec, field),
    ];
  }
  return [
    ...(metadata.generation === previous.metadata.generation
      ? []
      : specWarnings(spec.jobTemplate.spec, field)),
    ...(spec.schedule.includes("TZ")
      ? [
        "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
      ]
      : []),
  ];
}

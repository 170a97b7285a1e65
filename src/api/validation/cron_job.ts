/**
 * The rules of CronJobs.
 *
 * @module
 */
import type { CronJob } from "../batch/cron_job.ts";
import { CronError, isTimeZone, parseCron } from "../cron.ts";
import { invalidValue, notSupported, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { validateJobSpec } from "./job_spec.ts";
import { notNegative, oneOf } from "./values.ts";

/** Names of jobs are longer by eleven characters, and at most 63. */
const MAX_NAME = 52;
const ZONE_PART = /^[A-Za-z._0-9+][A-Za-z._0-9+-]{0,13}$/;

function validateSchedule({ spec: { schedule } }: CronJob): FieldError[] {
  const field = "spec.schedule";
  if (schedule === "") return [required(field)];
  try {
    parseCron(schedule);
    return [];
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    return [invalidValue(field, schedule, error.message)];
  }
}

/** The schedule names no time zone; one that did so before may go on, but not beside the field. */
function validateZoneInSchedule(
  { spec: { schedule, timeZone } }: CronJob,
  { allowed }: { allowed: boolean },
): FieldError[] {
  if (!schedule.includes("TZ") || (allowed && timeZone === undefined)) {
    return [];
  }
  return [
    invalidValue(
      "spec.schedule",
      schedule,
      allowed
        ? "cannot use both timeZone field and TZ or CRON_TZ in schedule"
        : "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
    ),
  ];
}

function validateTimeZone(zone: string | undefined): FieldError[] {
  const field = "spec.timeZone";
  if (zone === undefined) return [];
  if (zone === "") {
    return [
      invalidValue(field, zone, "timeZone must be nil or non-empty string"),
    ];
  }
  const unknown = invalidValue(field, zone, `unknown time zone ${zone}`);
  const parts = zone.split("/");
  if (
    parts.some((part) => part === "." || part === ".." || !ZONE_PART.test(part))
  ) return [unknown];
  const local = zone.toLowerCase() === "local";
  return [
    ...(local
      ? [
        invalidValue(
          field,
          zone,
          "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
        ),
      ]
      : []),
    ...(zone === "Local" || isTimeZone(zone) ? [] : [unknown]),
  ];
}

/** The rules that hold for new and old ones. */
function validateRest({ spec }: CronJob): FieldError[] {
  const template = spec.jobTemplate.spec;
  const field = "spec.jobTemplate.spec";
  return [
    ...notNegative(
      "spec.startingDeadlineSeconds",
      spec.startingDeadlineSeconds,
    ),
    ...oneOf("spec.concurrencyPolicy", spec.concurrencyPolicy, [
      "Allow",
      "Forbid",
      "Replace",
    ]),
    ...validateJobSpec(template, field),
    ...(template.selector === undefined ? [] : [
      invalidValue(
        `${field}.selector`,
        template.selector,
        "`selector` will be auto-generated",
      ),
    ]),
    ...(template.manualSelector === true
      ? [notSupported(`${field}.manualSelector`, true, ["nil", "false"])]
      : []),
    ...notNegative(
      "spec.successfulJobsHistoryLimit",
      spec.successfulJobsHistoryLimit,
    ),
    ...notNegative("spec.failedJobsHistoryLimit", spec.failedJobsHistoryLimit),
  ];
}

/** The rules of a CronJob, beside those of its metadata. */
export function validateCronJob(job: CronJob): FieldError[] {
  const { name = "", resourceVersion = "" } = job.metadata;
  const found = validateSchedule(job);
  if (resourceVersion !== "") return [...found, ...validateRest(job)];
  return [
    ...found,
    ...validateZoneInSchedule(job, { allowed: false }),
    ...validateTimeZone(job.spec.timeZone),
    ...validateRest(job),
    ...(name.length > MAX_NAME
      ? [
        invalidValue(
          "metadata.name",
          name,
          `must be no more than ${MAX_NAME} characters`,
        ),
      ]
      : []),
  ];
}

/** The rules for a change of a CronJob: a zone in an old schedule may stay. */
export function validateCronJobUpdate(
  next: CronJob,
  previous: CronJob,
): FieldError[] {
  const { timeZone } = next.spec;
  return [
    ...validateZoneInSchedule(next, {
      allowed: previous.spec.schedule.includes("TZ"),
    }),
    ...(timeZone === previous.spec.timeZone ? [] : validateTimeZone(timeZone)),
  ];
}

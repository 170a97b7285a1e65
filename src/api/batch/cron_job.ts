import { cronJobColumns } from "../columns/job.ts";
import { defaultJobTemplate } from "../defaults/job.ts";
import { defineKind } from "../define.ts";
import {
  validateCronJob,
  validateCronJobUpdate,
} from "../validation/cron_job.ts";
import { warnOfCronJob } from "../warnings/job.ts";
import type { Kind } from "../kind.ts";
import { type JobSpec, jobSpec } from "./job_spec.ts";
import { type ObjectReference, objectReference } from "../core/reference.ts";
import { type KubeObject } from "../kind.ts";
import { type ObjectMeta, objectMeta } from "../meta.ts";
import {
  bool,
  type Field,
  int32,
  int64,
  list,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

/** What jobs are made from. */
export interface JobTemplateSpec {
  /** Labels and annotations of the jobs. */
  metadata?: ObjectMeta;
  /** Their spec. */
  spec: JobSpec;
}

/** Schema of {@linkcode JobTemplateSpec}. */
export const jobTemplateSpec: Field<JobTemplateSpec> = object<JobTemplateSpec>(
  "io.k8s.api.batch.v1.JobTemplateSpec",
  () => ({
    metadata: objectMeta,
    spec: jobSpec,
  }),
);

/** When jobs are made, and what from. */
export interface CronJobSpec {
  /** When, in the five fields of cron. */
  schedule: string;
  /** Time zone of the schedule, for example `Europe/Vienna`. Default: the controller's own. */
  timeZone?: string;
  /** How many seconds late a job may still be started. */
  startingDeadlineSeconds?: number;
  /** When the last job still runs: `Allow`, `Forbid` (skip this one) or `Replace` (end that one). Default: Allow. */
  concurrencyPolicy?: string;
  /** Whether no more jobs are made for now. Default: false. */
  suspend?: boolean;
  /** What jobs are made from. */
  jobTemplate: JobTemplateSpec;
  /** How many jobs that succeeded are kept. Default: 3. */
  successfulJobsHistoryLimit?: number;
  /** How many jobs that failed are kept. Default: 1. */
  failedJobsHistoryLimit?: number;
}

/** Schema of {@linkcode CronJobSpec}. */
export const cronJobSpec: Field<CronJobSpec> = object<CronJobSpec>(
  "io.k8s.api.batch.v1.CronJobSpec",
  () => ({
    schedule: str,
    timeZone: pointer(str),
    startingDeadlineSeconds: pointer(int64),
    concurrencyPolicy: optional(named("v1.ConcurrencyPolicy")),
    suspend: pointer(bool),
    jobTemplate: needed(jobTemplateSpec),
    successfulJobsHistoryLimit: pointer(int32),
    failedJobsHistoryLimit: pointer(int32),
  }),
);

/** What became of the schedule. */
export interface CronJobStatus {
  /** Jobs that run. */
  active?: ObjectReference[];
  /** When a job was last made. */
  lastScheduleTime?: string;
  /** When a job last succeeded. */
  lastSuccessfulTime?: string;
}

/** Schema of {@linkcode CronJobStatus}. */
export const cronJobStatus: Field<CronJobStatus> = object<CronJobStatus>(
  "io.k8s.api.batch.v1.CronJobStatus",
  () => ({
    active: optional(list(objectReference, { type: "atomic" })),
    lastScheduleTime: pointer(time),
    lastSuccessfulTime: pointer(time),
  }),
);

/** Makes jobs by a schedule. */
export interface CronJob extends KubeObject {
  /** When, and what from. */
  spec: CronJobSpec;
  /** What became of the schedule. */
  status?: CronJobStatus;
}

/** Schema of {@linkcode CronJob}. */
export const cronJob: Field<CronJob> = object<CronJob>(
  "io.k8s.api.batch.v1.CronJob",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(cronJobSpec),
    status: cronJobStatus,
  }),
);

/** Makes jobs by a schedule. */
export const cronJobs: Kind<CronJob> = defineKind({
  group: "batch",
  version: "v1",
  kind: "CronJob",
  plural: "cronjobs",
  namespaced: true,
  shortNames: ["cj"],
  categories: ["all"],
  subresources: ["status"],
  type: cronJob,
  setDefaults({ spec }) {
    spec.concurrencyPolicy ??= "Allow";
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    defaultJobTemplate(spec.jobTemplate.spec);
  },
  validate: validateCronJob,
  validateUpdate: validateCronJobUpdate,
  warnings: warnOfCronJob,
  generationOf: ({ spec }) => spec,
  columns: cronJobColumns,
});

import { jobColumns } from "../columns/job.ts";
import { defaultJob } from "../defaults/job.ts";
import { defineKind } from "../define.ts";
import { validateJob, validateJobUpdate } from "../validation/job.ts";
import { validateJobStatus } from "../validation/job_status.ts";
import { warnOfJob } from "../warnings/job.ts";
import { selectPodsOf } from "./job_selector.ts";
import type { Kind } from "../kind.ts";
import { type JobSpec, jobSpec } from "./job_spec.ts";
import { type KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  int32,
  list,
  named,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
  uid,
} from "../schema/words.ts";

/** One aspect of a job's state. */
export interface JobCondition {
  /** Name of the aspect: `Complete`, `Failed`, `Suspended`, `FailureTarget` or `SuccessCriteriaMet`. */
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** When it was last looked at. */
  lastProbeTime?: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
  message?: string;
}

/** Schema of {@linkcode JobCondition}. */
export const jobCondition: Field<JobCondition> = object<JobCondition>(
  "io.k8s.api.batch.v1.JobCondition",
  () => ({
    type: named("v1.JobConditionType"),
    status: named("v1.ConditionStatus"),
    lastProbeTime: optional(time),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** Pods that ended and are not counted yet. */
export interface UncountedTerminatedPods {
  /** UIDs of those that succeeded. */
  succeeded?: string[];
  /** UIDs of those that failed. */
  failed?: string[];
}

/** Schema of {@linkcode UncountedTerminatedPods}. */
export const uncountedTerminatedPods: Field<UncountedTerminatedPods> = object<
  UncountedTerminatedPods
>(
  "io.k8s.api.batch.v1.UncountedTerminatedPods",
  () => ({
    succeeded: optional(list(uid, { type: "set" })),
    failed: optional(list(uid, { type: "set" })),
  }),
);

/** How far a job is. */
export interface JobStatus {
  /** Aspects of its state. */
  conditions?: JobCondition[];
  /** When it was begun, or resumed. */
  startTime?: string;
  /** When it was done. */
  completionTime?: string;
  /** Pods that wait or run and do not end. */
  active?: number;
  /** Pods that succeeded. */
  succeeded?: number;
  /** Pods that failed. */
  failed?: number;
  /** Pods that are ending. */
  terminating?: number;
  /** Numbers that are done, for example `0,2-4`. */
  completedIndexes?: string;
  /** Numbers that failed, in the same form. */
  failedIndexes?: string;
  /** Pods that ended and are not counted yet. */
  uncountedTerminatedPods?: UncountedTerminatedPods;
  /** Pods that are ready. */
  ready?: number;
}

/** Schema of {@linkcode JobStatus}. */
export const jobStatus: Field<JobStatus> = object<JobStatus>(
  "io.k8s.api.batch.v1.JobStatus",
  () => ({
    conditions: optional(
      list(jobCondition, {
        type: "atomic",
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
    startTime: pointer(time),
    completionTime: pointer(time),
    active: optional(int32),
    succeeded: optional(int32),
    failed: optional(int32),
    terminating: pointer(int32),
    completedIndexes: optional(str),
    failedIndexes: pointer(str),
    uncountedTerminatedPods: pointer(uncountedTerminatedPods),
    ready: pointer(int32),
  }),
);

/** Runs Pods until enough of them have succeeded. */
export interface Job extends KubeObject {
  /** What it does, and when it is done. */
  spec: JobSpec;
  /** How far it is. */
  status?: JobStatus;
}

/** Schema of {@linkcode Job}. */
export const job: Field<Job> = object<Job>(
  "io.k8s.api.batch.v1.Job",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: jobSpec,
    status: jobStatus,
  }),
);

/** Runs Pods until enough of them have succeeded. */
export const jobs: Kind<Job> = defineKind({
  group: "batch",
  version: "v1",
  kind: "Job",
  plural: "jobs",
  namespaced: true,
  categories: ["all"],
  subresources: ["status"],
  type: job,
  setDefaults: defaultJob,
  prepareForCreate: selectPodsOf,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatus,
  warnings: warnOfJob,
  generationOf: ({ spec }) => spec,
  fieldSelectors: ["status.successful"],
  selectableFields: ({ status }) => ({
    "status.successful": String(status?.succeeded ?? 0),
  }),
  columns: jobColumns,
});

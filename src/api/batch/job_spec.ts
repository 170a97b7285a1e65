import {
  type PodFailurePolicy,
  podFailurePolicy,
  type SuccessPolicy,
  successPolicy,
} from "./job_policy.ts";
import { type PodTemplateSpec, podTemplateSpec } from "../core/pod_template.ts";
import { type LabelSelector, labelSelector } from "../meta.ts";
import {
  bool,
  type Field,
  int32,
  int64,
  named,
  needed,
  object,
  pointer,
  str,
} from "../schema/words.ts";

/** What a job does, and when it is done. */
export interface JobSpec {
  /** The most Pods at one time. Default: 1. */
  parallelism?: number;
  /** How many Pods must succeed. Default: 1, when `parallelism` is not set either. */
  completions?: number;
  /** Seconds after which the job has failed. */
  activeDeadlineSeconds?: number;
  /** What failures of Pods mean. */
  podFailurePolicy?: PodFailurePolicy;
  /** When it is done early. */
  successPolicy?: SuccessPolicy;
  /** How many failures there may be. Default: 6. */
  backoffLimit?: number;
  /** How many failures of each number there may be. */
  backoffLimitPerIndex?: number;
  /** How many numbers may fail. */
  maxFailedIndexes?: number;
  /** Labels of the Pods that count; usually made by the server. */
  selector?: LabelSelector;
  /** Whether the client has chosen selector and labels itself. */
  manualSelector?: boolean;
  /** What Pods are made from. */
  template: PodTemplateSpec;
  /** Seconds after its end after which the job is deleted. */
  ttlSecondsAfterFinished?: number;
  /** `NonIndexed`, or `Indexed`: Pods are numbered, and each number must succeed. Default: NonIndexed. */
  completionMode?: string;
  /** Whether there are no Pods for now. Default: false. */
  suspend?: boolean;
  /** When a Pod is replaced: `TerminatingOrFailed`, or `Failed` only once it is over. */
  podReplacementPolicy?: string;
  /** Who runs the job, when not the built-in controller. */
  managedBy?: string;
}

/** Schema of {@linkcode JobSpec}. */
export const jobSpec: Field<JobSpec> = object<JobSpec>(
  "io.k8s.api.batch.v1.JobSpec",
  () => ({
    parallelism: pointer(int32),
    completions: pointer(int32),
    activeDeadlineSeconds: pointer(int64),
    podFailurePolicy: pointer(podFailurePolicy),
    successPolicy: pointer(successPolicy),
    backoffLimit: pointer(int32),
    backoffLimitPerIndex: pointer(int32),
    maxFailedIndexes: pointer(int32),
    selector: pointer(labelSelector),
    manualSelector: pointer(bool),
    template: needed(podTemplateSpec),
    ttlSecondsAfterFinished: pointer(int32),
    completionMode: pointer(named("v1.CompletionMode")),
    suspend: pointer(bool),
    podReplacementPolicy: pointer(named("v1.PodReplacementPolicy")),
    managedBy: pointer(str),
  }),
);

import {
  type Field,
  int32,
  list,
  named,
  notNeeded,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";

/** A condition on the exit codes of containers. */
export interface PodFailurePolicyOnExitCodesRequirement {
  /** Only this container is looked at. Default: all. */
  containerName?: string;
  /** `In` or `NotIn`. */
  operator: string;
  /** The exit codes; 0 is not allowed with `In`. */
  values: number[];
}

/** Schema of {@linkcode PodFailurePolicyOnExitCodesRequirement}. */
export const podFailurePolicyOnExitCodesRequirement: Field<
  PodFailurePolicyOnExitCodesRequirement
> = object<PodFailurePolicyOnExitCodesRequirement>(
  "io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement",
  () => ({
    containerName: pointer(str),
    operator: named("v1.PodFailurePolicyOnExitCodesOperator"),
    values: list(int32, { type: "set" }),
  }),
);

/** A condition that a failed Pod has. */
export interface PodFailurePolicyOnPodConditionsPattern {
  /** Its name. */
  type: string;
  /** Its status. Default: True. */
  status: string;
}

/** Schema of {@linkcode PodFailurePolicyOnPodConditionsPattern}. */
export const podFailurePolicyOnPodConditionsPattern: Field<
  PodFailurePolicyOnPodConditionsPattern
> = object<PodFailurePolicyOnPodConditionsPattern>(
  "io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern",
  () => ({
    type: named("v1.PodConditionType"),
    status: notNeeded(named("v1.ConditionStatus")),
  }),
);

/** What a kind of failure means. */
export interface PodFailurePolicyRule {
  /** `FailJob`, `FailIndex`, `Ignore` or `Count`. */
  action: string;
  /** Failures with these exit codes. */
  onExitCodes?: PodFailurePolicyOnExitCodesRequirement;
  /** Failures of Pods with one of these conditions. */
  onPodConditions?: PodFailurePolicyOnPodConditionsPattern[];
}

/** Schema of {@linkcode PodFailurePolicyRule}. */
export const podFailurePolicyRule: Field<PodFailurePolicyRule> = object<
  PodFailurePolicyRule
>(
  "io.k8s.api.batch.v1.PodFailurePolicyRule",
  () => ({
    action: named("v1.PodFailurePolicyAction"),
    onExitCodes: pointer(podFailurePolicyOnExitCodesRequirement),
    onPodConditions: optional(
      list(podFailurePolicyOnPodConditionsPattern, { type: "atomic" }),
    ),
  }),
);

/** What failures of Pods mean; without a rule that fits they count against the limit. */
export interface PodFailurePolicy {
  /** The rules; the first that fits is taken. */
  rules: PodFailurePolicyRule[];
}

/** Schema of {@linkcode PodFailurePolicy}. */
export const podFailurePolicy: Field<PodFailurePolicy> = object<
  PodFailurePolicy
>(
  "io.k8s.api.batch.v1.PodFailurePolicy",
  () => ({
    rules: list(podFailurePolicyRule, { type: "atomic" }),
  }),
);

/** When a job of numbered Pods is done early. */
export interface SuccessPolicyRule {
  /** Numbers that must have succeeded, for example `0,2-4`. */
  succeededIndexes?: string;
  /** How many (of those numbers) must have succeeded. */
  succeededCount?: number;
}

/** Schema of {@linkcode SuccessPolicyRule}. */
export const successPolicyRule: Field<SuccessPolicyRule> = object<
  SuccessPolicyRule
>(
  "io.k8s.api.batch.v1.SuccessPolicyRule",
  () => ({
    succeededIndexes: pointer(str),
    succeededCount: pointer(int32),
  }),
);

/** When a job of numbered Pods is done early. */
export interface SuccessPolicy {
  /** The rules; one that holds is enough. */
  rules: SuccessPolicyRule[];
}

/** Schema of {@linkcode SuccessPolicy}. */
export const successPolicy: Field<SuccessPolicy> = object<SuccessPolicy>(
  "io.k8s.api.batch.v1.SuccessPolicy",
  () => ({
    rules: list(successPolicyRule, { type: "atomic" }),
  }),
);

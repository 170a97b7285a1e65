import {
  type Field,
  int32,
  list,
  named,
  object,
  optional,
  pointer,
  quantity,
} from "../schema/words.ts";

/** How much may change in a time. */
export interface HPAScalingPolicy {
  /** `Pods` or `Percent`. */
  type: string;
  /** How much. */
  value: number;
  /** In how many seconds, at most 1800. */
  periodSeconds: number;
}

/** Schema of {@linkcode HPAScalingPolicy}. */
export const hpaScalingPolicy: Field<HPAScalingPolicy> = object<
  HPAScalingPolicy
>(
  "io.k8s.api.autoscaling.v2.HPAScalingPolicy",
  () => ({
    type: named("v2.HPAScalingPolicyType"),
    value: int32,
    periodSeconds: int32,
  }),
);

/** How fast is scaled in one direction. */
export interface HPAScalingRules {
  /** Seconds that are looked back, so that the number does not swing; at most 3600. Default: 300 down, 0 up. */
  stabilizationWindowSeconds?: number;
  /** Which policy counts: `Max`, `Min` or `Disabled`. Default: Max. */
  selectPolicy?: string;
  /** How much may change. */
  policies?: HPAScalingPolicy[];
  /** How far a metric may be off before anything is scaled. Default: 10%. */
  tolerance?: string;
}

/** Schema of {@linkcode HPAScalingRules}. */
export const hpaScalingRules: Field<HPAScalingRules> = object<HPAScalingRules>(
  "io.k8s.api.autoscaling.v2.HPAScalingRules",
  () => ({
    stabilizationWindowSeconds: pointer(int32),
    selectPolicy: pointer(named("v2.ScalingPolicySelect")),
    policies: optional(list(hpaScalingPolicy, { type: "atomic" })),
    tolerance: pointer(quantity),
  }),
);

/** How fast is scaled. */
export interface HorizontalPodAutoscalerBehavior {
  /** How fast Pods are added. */
  scaleUp?: HPAScalingRules;
  /** How fast Pods are taken away. */
  scaleDown?: HPAScalingRules;
}

/** Schema of {@linkcode HorizontalPodAutoscalerBehavior}. */
export const horizontalPodAutoscalerBehavior: Field<
  HorizontalPodAutoscalerBehavior
> = object<HorizontalPodAutoscalerBehavior>(
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior",
  () => ({
    scaleUp: pointer(hpaScalingRules),
    scaleDown: pointer(hpaScalingRules),
  }),
);

import { autoscalerColumns } from "../columns/autoscaler.ts";
import { defaultAutoscaler } from "../defaults/autoscaler.ts";
import { defineKind } from "../define.ts";
import {
  validateAutoscaler,
  validateAutoscalerStatus,
  validateAutoscalerUpdate,
} from "../validation/autoscaler.ts";
import type { Kind } from "../kind.ts";
import {
  type HorizontalPodAutoscalerBehavior,
  horizontalPodAutoscalerBehavior,
} from "./behavior.ts";
import {
  type CrossVersionObjectReference,
  crossVersionObjectReference,
  type MetricSpec,
  metricSpec,
} from "./metric.ts";
import { type MetricStatus, metricStatus } from "./metric_status.ts";
import { type KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  int32,
  int64,
  list,
  named,
  needed,
  notNeeded,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

/** One aspect of an autoscaler's state. */
export interface HorizontalPodAutoscalerCondition {
  /** Name of the aspect: `ScalingActive`, `AbleToScale` or `ScalingLimited`. */
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
  message?: string;
}

/** Schema of {@linkcode HorizontalPodAutoscalerCondition}. */
export const horizontalPodAutoscalerCondition: Field<
  HorizontalPodAutoscalerCondition
> = object<HorizontalPodAutoscalerCondition>(
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition",
  () => ({
    type: named("v2.HorizontalPodAutoscalerConditionType"),
    status: named("v1.ConditionStatus"),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** Between which bounds, and by which metrics, is scaled. */
export interface HorizontalPodAutoscalerSpec {
  /** What is scaled. */
  scaleTargetRef: CrossVersionObjectReference;
  /** The fewest Pods. Default: 1. */
  minReplicas?: number;
  /** The most Pods. */
  maxReplicas: number;
  /** By what; the metric that asks for the most Pods counts. Default: 80% of the requested CPU. */
  metrics?: MetricSpec[];
  /** How fast. */
  behavior?: HorizontalPodAutoscalerBehavior;
}

/** Schema of {@linkcode HorizontalPodAutoscalerSpec}. */
export const horizontalPodAutoscalerSpec: Field<HorizontalPodAutoscalerSpec> =
  object<HorizontalPodAutoscalerSpec>(
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec",
    () => ({
      scaleTargetRef: needed(crossVersionObjectReference),
      minReplicas: pointer(int32),
      maxReplicas: int32,
      metrics: optional(list(metricSpec, { type: "atomic" })),
      behavior: pointer(horizontalPodAutoscalerBehavior),
    }),
  );

/** How it is scaled now. */
export interface HorizontalPodAutoscalerStatus {
  /** The generation that this was found for. */
  observedGeneration?: number;
  /** When the number of Pods was last changed. */
  lastScaleTime?: string;
  /** Pods that there were when it was last looked. */
  currentReplicas?: number;
  /** Pods that there should be. */
  desiredReplicas: number;
  /** What was found of the metrics. */
  currentMetrics?: MetricStatus[];
  /** Aspects of its state. */
  conditions?: HorizontalPodAutoscalerCondition[];
}

/** Schema of {@linkcode HorizontalPodAutoscalerStatus}. */
export const horizontalPodAutoscalerStatus: Field<
  HorizontalPodAutoscalerStatus
> = object<HorizontalPodAutoscalerStatus>(
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus",
  () => ({
    observedGeneration: pointer(int64),
    lastScaleTime: pointer(time),
    currentReplicas: optional(int32),
    desiredReplicas: int32,
    currentMetrics: notNeeded(list(metricStatus, { type: "atomic" })),
    conditions: optional(
      list(horizontalPodAutoscalerCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
  }),
);

/** Scales a workload by metrics. */
export interface HorizontalPodAutoscaler extends KubeObject {
  /** Bounds and metrics. */
  spec: HorizontalPodAutoscalerSpec;
  /** How it is scaled now. */
  status?: HorizontalPodAutoscalerStatus;
}

/** Schema of {@linkcode HorizontalPodAutoscaler}. */
export const horizontalPodAutoscaler: Field<HorizontalPodAutoscaler> = object<
  HorizontalPodAutoscaler
>(
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(horizontalPodAutoscalerSpec),
    status: horizontalPodAutoscalerStatus,
  }),
);

/** Scales workloads by metrics. */
export const horizontalPodAutoscalers: Kind<HorizontalPodAutoscaler> =
  defineKind({
    group: "autoscaling",
    version: "v2",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    namespaced: true,
    shortNames: ["hpa"],
    categories: ["all"],
    subresources: ["status"],
    type: horizontalPodAutoscaler,
    setDefaults: defaultAutoscaler,
    prepareForCreate(object) {
      object.status = { desiredReplicas: 0 };
    },
    validate: validateAutoscaler,
    validateUpdate: validateAutoscalerUpdate,
    validateStatusUpdate: validateAutoscalerStatus,
    columns: autoscalerColumns,
  });

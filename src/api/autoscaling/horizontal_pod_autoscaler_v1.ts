import { autoscalerColumns } from "../columns/autoscaler.ts";
import { defineKind } from "../define.ts";
import { fromAutoscalerV1 } from "./autoscaler_views.ts";
import type { Kind } from "../kind.ts";
import { type KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  int32,
  int64,
  needed,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

/** What is scaled. */
export interface CrossVersionObjectReference {
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
  /** Its group and version. */
  apiVersion?: string;
}

/** Schema of {@linkcode CrossVersionObjectReference}. */
export const crossVersionObjectReference: Field<CrossVersionObjectReference> =
  object<CrossVersionObjectReference>(
    "io.k8s.api.autoscaling.v1.CrossVersionObjectReference",
    () => ({
      kind: str,
      name: str,
      apiVersion: optional(str),
    }),
    { atomic: true },
  );

/** Between which bounds, and to what load, is scaled. */
export interface HorizontalPodAutoscalerSpec {
  /** What is scaled. */
  scaleTargetRef: CrossVersionObjectReference;
  /** The fewest Pods. Default: 1. */
  minReplicas?: number;
  /** The most Pods. */
  maxReplicas: number;
  /** Average use of CPU, as a percentage of what is requested, that is aimed at. */
  targetCPUUtilizationPercentage?: number;
}

/** Schema of {@linkcode HorizontalPodAutoscalerSpec}. */
export const horizontalPodAutoscalerSpec: Field<HorizontalPodAutoscalerSpec> =
  object<HorizontalPodAutoscalerSpec>(
    "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec",
    () => ({
      scaleTargetRef: needed(crossVersionObjectReference),
      minReplicas: pointer(int32),
      maxReplicas: int32,
      targetCPUUtilizationPercentage: pointer(int32),
    }),
  );

/** How it is scaled now. */
export interface HorizontalPodAutoscalerStatus {
  /** The generation that this was found for. */
  observedGeneration?: number;
  /** When the number of Pods was last changed. */
  lastScaleTime?: string;
  /** Pods that there are. */
  currentReplicas: number;
  /** Pods that there should be. */
  desiredReplicas: number;
  /** Average use of CPU, as a percentage of what is requested. */
  currentCPUUtilizationPercentage?: number;
}

/** Schema of {@linkcode HorizontalPodAutoscalerStatus}. */
export const horizontalPodAutoscalerStatus: Field<
  HorizontalPodAutoscalerStatus
> = object<HorizontalPodAutoscalerStatus>(
  "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus",
  () => ({
    observedGeneration: pointer(int64),
    lastScaleTime: pointer(time),
    currentReplicas: int32,
    desiredReplicas: int32,
    currentCPUUtilizationPercentage: pointer(int32),
  }),
);

/** Scales a workload by its load. */
export interface HorizontalPodAutoscaler extends KubeObject {
  /** Bounds and load that is aimed at. */
  spec: HorizontalPodAutoscalerSpec;
  /** How it is scaled now. */
  status?: HorizontalPodAutoscalerStatus;
}

/** Schema of {@linkcode HorizontalPodAutoscaler}. */
export const horizontalPodAutoscaler: Field<HorizontalPodAutoscaler> = object<
  HorizontalPodAutoscaler
>(
  "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(horizontalPodAutoscalerSpec),
    status: horizontalPodAutoscalerStatus,
  }),
);

/** Autoscalers as `autoscaling/v1` shows them; stored as `autoscaling/v2` has them (see `autoscaler_views.ts`). */
export const horizontalPodAutoscalersV1: Kind<HorizontalPodAutoscaler> =
  defineKind({
    group: "autoscaling",
    version: "v1",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    namespaced: true,
    shortNames: ["hpa"],
    categories: ["all"],
    subresources: ["status"],
    type: horizontalPodAutoscaler,
    setDefaults({ spec }) {
      spec.minReplicas ??= 1;
    },
    columns: autoscalerColumns.map((column) => ({
      ...column,
      cell: (object, now) => column.cell(fromAutoscalerV1(object), now),
    })),
  });

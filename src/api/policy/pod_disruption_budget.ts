import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import {
  validateDisruptionBudget,
  validateDisruptionBudgetStatus,
} from "../validation/disruption_budget.ts";
import { pathSegment } from "../validation/names.ts";
import type { Kind } from "../kind.ts";
import { type KubeObject } from "../kind.ts";
import {
  type Condition,
  condition,
  type LabelSelector,
  labelSelector,
  objectMeta,
} from "../meta.ts";
import {
  type Field,
  int32,
  int64,
  type IntOrString,
  intOrString,
  list,
  map,
  named,
  notNeeded,
  object,
  optional,
  patched,
  pointer,
  time,
  typeMeta,
} from "../schema/words.ts";

/** How many Pods must stay when some are taken away on purpose. */
export interface PodDisruptionBudgetSpec {
  /** How many must stay, a number or percentage. */
  minAvailable?: IntOrString;
  /** Labels of the Pods; an empty one is all Pods of the namespace. */
  selector?: LabelSelector;
  /** How many may be missing, a number or percentage; instead of `minAvailable`. */
  maxUnavailable?: IntOrString;
  /** When Pods that are not ready may go: `IfHealthyBudget` or `AlwaysAllow`. Default: IfHealthyBudget. */
  unhealthyPodEvictionPolicy?: string;
}

/** Schema of {@linkcode PodDisruptionBudgetSpec}. */
export const podDisruptionBudgetSpec: Field<PodDisruptionBudgetSpec> = object<
  PodDisruptionBudgetSpec
>(
  "io.k8s.api.policy.v1.PodDisruptionBudgetSpec",
  () => ({
    minAvailable: pointer(intOrString),
    selector: pointer(patched(labelSelector, { strategy: "replace" })),
    maxUnavailable: pointer(intOrString),
    unhealthyPodEvictionPolicy: pointer(
      named("v1.UnhealthyPodEvictionPolicyType"),
    ),
  }),
);

/** How many Pods may be taken away now. */
export interface PodDisruptionBudgetStatus {
  /** The generation that this was found for. */
  observedGeneration?: number;
  /** Pods whose eviction was allowed and that are not gone yet, with the time. */
  disruptedPods?: Record<string, string>;
  /** How many may go now. */
  disruptionsAllowed: number;
  /** Pods that are well. */
  currentHealthy: number;
  /** How many must be well. */
  desiredHealthy: number;
  /** Pods that count. */
  expectedPods: number;
  /** Aspects of its state. */
  conditions?: Condition[];
}

/** Schema of {@linkcode PodDisruptionBudgetStatus}. */
export const podDisruptionBudgetStatus: Field<PodDisruptionBudgetStatus> =
  object<PodDisruptionBudgetStatus>(
    "io.k8s.api.policy.v1.PodDisruptionBudgetStatus",
    () => ({
      observedGeneration: optional(int64),
      disruptedPods: optional(map(time)),
      disruptionsAllowed: notNeeded(int32),
      currentHealthy: notNeeded(int32),
      desiredHealthy: notNeeded(int32),
      expectedPods: notNeeded(int32),
      conditions: optional(
        list(condition, {
          type: "map",
          keys: ["type"],
          strategy: "merge",
          mergeKey: "type",
        }),
      ),
    }),
  );

/** Bounds how many Pods of a set may be missing on purpose. */
export interface PodDisruptionBudget extends KubeObject {
  /** How many must stay. */
  spec: PodDisruptionBudgetSpec;
  /** How many may go now. */
  status?: PodDisruptionBudgetStatus;
}

/** Schema of {@linkcode PodDisruptionBudget}. */
export const podDisruptionBudget: Field<PodDisruptionBudget> = object<
  PodDisruptionBudget
>(
  "io.k8s.api.policy.v1.PodDisruptionBudget",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: podDisruptionBudgetSpec,
    status: podDisruptionBudgetStatus,
  }),
);

/** How many Pods of a set may be missing on purpose. */
export const podDisruptionBudgets: Kind<PodDisruptionBudget> = defineKind({
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  namespaced: true,
  needsRevision: true,
  shortNames: ["pdb"],
  subresources: ["status"],
  nameRule: pathSegment,
  type: podDisruptionBudget,
  prepareForCreate(object) {
    object.status = {
      disruptionsAllowed: 0,
      currentHealthy: 0,
      desiredHealthy: 0,
      expectedPods: 0,
    };
  },
  validate: validateDisruptionBudget,
  validateStatusUpdate: validateDisruptionBudgetStatus,
  generationOf: ({ spec }) => spec,
  columns: [
    nameColumn(),
    column("Min Available", ({ spec }) => String(spec.minAvailable ?? "N/A"), {
      description: "How many Pods must stay",
    }),
    column(
      "Max Unavailable",
      ({ spec }) => String(spec.maxUnavailable ?? "N/A"),
      { description: "How many Pods may be missing" },
    ),
    column(
      "Allowed Disruptions",
      ({ status }) => status?.disruptionsAllowed ?? 0,
      { type: "integer", description: "How many Pods may go now" },
    ),
    ageColumn(),
  ],
});

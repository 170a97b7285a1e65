import { priorityLevelColumns } from "../columns/flowcontrol.ts";
import { defaultPriorityLevel } from "../defaults/flowcontrol.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
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
  time,
  typeMeta,
} from "../schema/words.ts";
import { validateConditionTypes } from "../validation/flow_schema.ts";
import { validatePriorityLevel } from "../validation/priority_level.ts";
import { keepMetadata } from "../status_metadata.ts";

/** How requests wait. */
export interface QueuingConfiguration {
  /** How many queues there are. Default: 64. */
  queues: number;
  /** Among how many queues a flow chooses the shortest. Default: 8. */
  handSize: number;
  /** How many requests may wait in one queue. Default: 50. */
  queueLengthLimit: number;
}

/** Schema of {@linkcode QueuingConfiguration}. */
export const queuingConfiguration: Field<QueuingConfiguration> = object<
  QueuingConfiguration
>(
  "io.k8s.api.flowcontrol.v1.QueuingConfiguration",
  () => ({
    queues: notNeeded(int32),
    handSize: notNeeded(int32),
    queueLengthLimit: notNeeded(int32),
  }),
);

/** What becomes of requests that are too many. */
export interface LimitResponse {
  /** `Queue` or `Reject`. */
  type: string;
  /** How they wait; for `Queue` only. */
  queuing?: QueuingConfiguration;
}

/** Schema of {@linkcode LimitResponse}. */
export const limitResponse: Field<LimitResponse> = object<LimitResponse>(
  "io.k8s.api.flowcontrol.v1.LimitResponse",
  () => ({
    type: named("v1.LimitResponseType"),
    queuing: pointer(queuingConfiguration),
  }),
);

/** A level that has a share of the server. */
export interface LimitedPriorityLevelConfiguration {
  /** Its share, in proportion to those of the others. Default: 30. */
  nominalConcurrencyShares?: number;
  /** What becomes of requests that are too many. */
  limitResponse?: LimitResponse;
  /** How much of its share others may use while it does not, in percent. Default: 0. */
  lendablePercent?: number;
  /** How much it may use of what others lend, in percent of its share; absent means no bound. */
  borrowingLimitPercent?: number;
}

/** Schema of {@linkcode LimitedPriorityLevelConfiguration}. */
export const limitedPriorityLevelConfiguration: Field<
  LimitedPriorityLevelConfiguration
> = object<LimitedPriorityLevelConfiguration>(
  "io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration",
  () => ({
    nominalConcurrencyShares: pointer(int32),
    limitResponse: limitResponse,
    lendablePercent: pointer(int32),
    borrowingLimitPercent: pointer(int32),
  }),
);

/** A level that is not limited, but may lend. */
export interface ExemptPriorityLevelConfiguration {
  /** Its share, in proportion to those of the others. Default: 0. */
  nominalConcurrencyShares?: number;
  /** How much of its share others may use while it does not, in percent. Default: 0. */
  lendablePercent?: number;
}

/** Schema of {@linkcode ExemptPriorityLevelConfiguration}. */
export const exemptPriorityLevelConfiguration: Field<
  ExemptPriorityLevelConfiguration
> = object<ExemptPriorityLevelConfiguration>(
  "io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration",
  () => ({
    nominalConcurrencyShares: pointer(int32),
    lendablePercent: pointer(int32),
  }),
);

/** How much of the server's attention a level gets. */
export interface PriorityLevelConfigurationSpec {
  /** `Limited` or `Exempt`. */
  type: string;
  /** The share; for `Limited` only. */
  limited?: LimitedPriorityLevelConfiguration;
  /** The share; for `Exempt` only. */
  exempt?: ExemptPriorityLevelConfiguration;
}

/** Schema of {@linkcode PriorityLevelConfigurationSpec}. */
export const priorityLevelConfigurationSpec: Field<
  PriorityLevelConfigurationSpec
> = object<PriorityLevelConfigurationSpec>(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec",
  () => ({
    type: named("v1.PriorityLevelEnablement"),
    limited: pointer(limitedPriorityLevelConfiguration),
    exempt: pointer(exemptPriorityLevelConfiguration),
  }),
);

/** One aspect of a level's state. */
export interface PriorityLevelConfigurationCondition {
  /** Name of the aspect. */
  type?: string;
  /** `True`, `False` or `Unknown`. */
  status?: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
  message?: string;
}

/** Schema of {@linkcode PriorityLevelConfigurationCondition}. */
export const priorityLevelConfigurationCondition: Field<
  PriorityLevelConfigurationCondition
> = object<PriorityLevelConfigurationCondition>(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition",
  () => ({
    type: optional(named("v1.PriorityLevelConfigurationConditionType")),
    status: optional(named("v1.ConditionStatus")),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** What the server says of a level. */
export interface PriorityLevelConfigurationStatus {
  /** Aspects of its state. */
  conditions?: PriorityLevelConfigurationCondition[];
}

/** Schema of {@linkcode PriorityLevelConfigurationStatus}. */
export const priorityLevelConfigurationStatus: Field<
  PriorityLevelConfigurationStatus
> = object<PriorityLevelConfigurationStatus>(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus",
  () => ({
    conditions: optional(
      list(priorityLevelConfigurationCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
  }),
);

/** A share of the server's attention. */
export interface PriorityLevelConfiguration extends KubeObject {
  /** How large it is, and what becomes of requests that are too many. */
  spec: PriorityLevelConfigurationSpec;
  /** What the server says of it. */
  status?: PriorityLevelConfigurationStatus;
}

/** Schema of {@linkcode PriorityLevelConfiguration}. */
export const priorityLevelConfiguration: Field<PriorityLevelConfiguration> =
  object<PriorityLevelConfiguration>(
    "io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration",
    () => ({
      ...typeMeta,
      metadata: objectMeta,
      spec: priorityLevelConfigurationSpec,
      status: priorityLevelConfigurationStatus,
    }),
  );

/** Shares of the server's attention. */
export const priorityLevelConfigurations: Kind<PriorityLevelConfiguration> =
  defineKind({
    group: "flowcontrol.apiserver.k8s.io",
    version: "v1",
    kind: "PriorityLevelConfiguration",
    plural: "prioritylevelconfigurations",
    namespaced: false,
    subresources: ["status"],
    type: priorityLevelConfiguration,
    setDefaults: defaultPriorityLevel,
    generationOf: ({ spec }) => spec,
    prepareForStatusUpdate: keepMetadata,
    validate: validatePriorityLevel,
    validateStatusUpdate: ({ status }) =>
      validateConditionTypes(status?.conditions),
    columns: priorityLevelColumns,
  });

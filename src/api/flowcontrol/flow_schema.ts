import { flowSchemaColumns } from "../columns/flowcontrol.ts";
import { defaultFlowSchema } from "../defaults/flowcontrol.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  int32,
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
import {
  validateConditionTypes,
  validateFlowSchema,
} from "../validation/flow_schema.ts";
import {
  type PolicyRulesWithSubjects,
  policyRulesWithSubjects,
} from "./flow_rule.ts";
import { keepMetadata } from "../status_metadata.ts";

/** How the requests of a schema are told apart, so that no one takes the turn of the others. */
export interface FlowDistinguisherMethod {
  /** `ByUser` or `ByNamespace`. */
  type: string;
}

/** Schema of {@linkcode FlowDistinguisherMethod}. */
export const flowDistinguisherMethod: Field<FlowDistinguisherMethod> = object<
  FlowDistinguisherMethod
>(
  "io.k8s.api.flowcontrol.v1.FlowDistinguisherMethod",
  () => ({
    type: named("v1.FlowDistinguisherMethodType"),
  }),
);

/** Points to a priority level. */
export interface PriorityLevelConfigurationReference {
  /** Its name. */
  name: string;
}

/** Schema of {@linkcode PriorityLevelConfigurationReference}. */
export const priorityLevelConfigurationReference: Field<
  PriorityLevelConfigurationReference
> = object<PriorityLevelConfigurationReference>(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationReference",
  () => ({
    name: str,
  }),
);

/** Which requests belong to which priority level. */
export interface FlowSchemaSpec {
  /** The priority level. */
  priorityLevelConfiguration: PriorityLevelConfigurationReference;
  /** Of all schemas that meet a request the one with the lowest number counts, from 1 to 10000. Default: 1000. */
  matchingPrecedence: number;
  /** How its requests are told apart; absent means not at all. */
  distinguisherMethod?: FlowDistinguisherMethod;
  /** The requests; those that any rule meets count. */
  rules?: PolicyRulesWithSubjects[];
}

/** Schema of {@linkcode FlowSchemaSpec}. */
export const flowSchemaSpec: Field<FlowSchemaSpec> = object<FlowSchemaSpec>(
  "io.k8s.api.flowcontrol.v1.FlowSchemaSpec",
  () => ({
    priorityLevelConfiguration: needed(priorityLevelConfigurationReference),
    matchingPrecedence: notNeeded(int32),
    distinguisherMethod: pointer(flowDistinguisherMethod),
    rules: optional(list(policyRulesWithSubjects, { type: "atomic" })),
  }),
);

/** One aspect of a schema's state. */
export interface FlowSchemaCondition {
  /** Name of the aspect: `Dangling` when the priority level is not there. */
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

/** Schema of {@linkcode FlowSchemaCondition}. */
export const flowSchemaCondition: Field<FlowSchemaCondition> = object<
  FlowSchemaCondition
>(
  "io.k8s.api.flowcontrol.v1.FlowSchemaCondition",
  () => ({
    type: optional(named("v1.FlowSchemaConditionType")),
    status: optional(named("v1.ConditionStatus")),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** What the server says of a schema. */
export interface FlowSchemaStatus {
  /** Aspects of its state. */
  conditions?: FlowSchemaCondition[];
}

/** Schema of {@linkcode FlowSchemaStatus}. */
export const flowSchemaStatus: Field<FlowSchemaStatus> = object<
  FlowSchemaStatus
>(
  "io.k8s.api.flowcontrol.v1.FlowSchemaStatus",
  () => ({
    conditions: optional(
      list(flowSchemaCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
  }),
);

/** Tells which requests to the server share its attention in which way. */
export interface FlowSchema extends KubeObject {
  /** Which requests belong to which priority level. */
  spec: FlowSchemaSpec;
  /** What the server says of it. */
  status?: FlowSchemaStatus;
}

/** Schema of {@linkcode FlowSchema}. */
export const flowSchema: Field<FlowSchema> = object<FlowSchema>(
  "io.k8s.api.flowcontrol.v1.FlowSchema",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: flowSchemaSpec,
    status: flowSchemaStatus,
  }),
);

/** Which requests share the server's attention in which way. */
export const flowSchemas: Kind<FlowSchema> = defineKind({
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  kind: "FlowSchema",
  plural: "flowschemas",
  namespaced: false,
  subresources: ["status"],
  type: flowSchema,
  setDefaults: defaultFlowSchema,
  generationOf: ({ spec }) => spec,
  prepareForStatusUpdate: keepMetadata,
  validate: validateFlowSchema,
  validateStatusUpdate: ({ status }) =>
    validateConditionTypes(status?.conditions),
  columns: flowSchemaColumns,
});

/**
 * CustomResourceDefinition: a kind that users bring.
 *
 * @module
 */
import { createdAtColumn, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  int64,
  list,
  named,
  object,
  optional,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";
import {
  type CustomResourceDefinitionNames,
  customResourceDefinitionNames,
  type CustomResourceDefinitionSpec,
  customResourceDefinitionSpec,
  storageVersion,
} from "./custom_resource_definition_spec.ts";
import {
  validateDefinition,
  validateDefinitionStatus,
  validateDefinitionUpdate,
  warnOfDefinition,
} from "./definition_rules.ts";

/** One aspect of a definition's state. */
export interface CustomResourceDefinitionCondition {
  /** `Established`, `NamesAccepted`, `Terminating` … */
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
  message?: string;
  /** The generation that this was found for. */
  observedGeneration?: number;
}

/** Schema of {@linkcode CustomResourceDefinitionCondition}. */
export const customResourceDefinitionCondition: Field<
  CustomResourceDefinitionCondition
> = object<CustomResourceDefinitionCondition>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionCondition",
  () => ({
    type: named("v1.CustomResourceDefinitionConditionType"),
    status: named("v1.ConditionStatus"),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
    observedGeneration: optional(int64),
  }),
);

/** What became of a definition. */
export interface CustomResourceDefinitionStatus {
  /** Aspects of its state. */
  conditions?: CustomResourceDefinitionCondition[];
  /** The names that are in use; they may differ from those asked for. */
  acceptedNames?: CustomResourceDefinitionNames;
  /** Versions that objects were ever stored in. */
  storedVersions?: string[];
  /** The generation that this was found for. */
  observedGeneration?: number;
}

/** Schema of {@linkcode CustomResourceDefinitionStatus}. */
export const customResourceDefinitionStatus: Field<
  CustomResourceDefinitionStatus
> = object<CustomResourceDefinitionStatus>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus",
  () => ({
    conditions: optional(
      list(customResourceDefinitionCondition, {
        type: "map",
        keys: ["type"],
      }),
    ),
    acceptedNames: optional(customResourceDefinitionNames),
    storedVersions: optional(list(str, { type: "atomic" })),
    observedGeneration: optional(int64),
  }),
);

/** A kind that users bring. */
export interface CustomResourceDefinition extends KubeObject {
  /** What the kind is. */
  spec: CustomResourceDefinitionSpec;
  /** What became of it. */
  status?: CustomResourceDefinitionStatus;
}

/** Schema of {@linkcode CustomResourceDefinition}. */
export const customResourceDefinition: Field<CustomResourceDefinition> = object<
  CustomResourceDefinition
>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: customResourceDefinitionSpec,
    status: optional(customResourceDefinitionStatus),
  }),
);

/** Keeps a definition until its objects are gone. */
export const CUSTOM_RESOURCE_CLEANUP =
  "customresourcecleanup.apiextensions.k8s.io";

/** A port of a webhook's service when none is named. */
export const DEFAULT_WEBHOOK_PORT = 443;

/** Remembers the storage version among those that objects were ever stored in. */
function noteStorageVersion(object: CustomResourceDefinition): void {
  const name = storageVersion(object.spec)?.name;
  const stored = object.status?.storedVersions ?? [];
  if (name === undefined || stored.includes(name)) return;
  object.status = { ...object.status, storedVersions: [...stored, name] };
}

/** Kinds that users bring. */
export const customResourceDefinitions: Kind<CustomResourceDefinition> = {
  ...defineKind({
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    namespaced: false,
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    subresources: ["status"],
    type: customResourceDefinition,
    setDefaults({ spec }) {
      const { names } = spec;
      if (!names.singular && names.kind) {
        names.singular = names.kind.toLowerCase();
      }
      if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
      spec.conversion ??= { strategy: "None" };
      const service = spec.conversion.webhook?.clientConfig?.service;
      if (service !== undefined) service.port ??= DEFAULT_WEBHOOK_PORT;
    },
    prepareForCreate: noteStorageVersion,
    prepareForUpdate: noteStorageVersion,
    validate: validateDefinition,
    validateUpdate: validateDefinitionUpdate,
    validateStatusUpdate: validateDefinitionStatus,
    warnings: warnOfDefinition,
    generationOf: ({ spec }) => spec,
    columns: [nameColumn(), createdAtColumn()],
  }),
  needsRevision: true,
};

/** A condition of a definition. */
export function conditionOf(
  { status }: CustomResourceDefinition,
  type: string,
): CustomResourceDefinitionCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Whether a condition holds. */
export function hasCondition(
  definition: CustomResourceDefinition,
  type: string,
): boolean {
  return conditionOf(definition, type)?.status === "True";
}

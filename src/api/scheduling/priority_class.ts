import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  bool,
  type Field,
  int32,
  named,
  notNeeded,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  validatePriorityClass,
  validatePriorityClassUpdate,
} from "../validation/priority_class.ts";

/** A name for how important Pods are. */
export interface PriorityClass extends KubeObject {
  /** The priority; higher is more important. Cannot change. */
  value: number;
  /** Whether Pods that name no class get this one. */
  globalDefault?: boolean;
  /** What it is meant for, for people. */
  description?: string;
  /** Whether less important Pods must make room: `PreemptLowerPriority` or `Never`. Default: PreemptLowerPriority; cannot change. */
  preemptionPolicy?: string;
}

/** Schema of {@linkcode PriorityClass}. */
export const priorityClass: Field<PriorityClass> = object<PriorityClass>(
  "io.k8s.api.scheduling.v1.PriorityClass",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    value: notNeeded(int32),
    globalDefault: optional(bool),
    description: optional(str),
    preemptionPolicy: pointer(named("v1.PreemptionPolicy")),
  }),
);

/** Names for how important Pods are. */
export const priorityClasses: Kind<PriorityClass> = defineKind({
  group: "scheduling.k8s.io",
  version: "v1",
  kind: "PriorityClass",
  plural: "priorityclasses",
  namespaced: false,
  shortNames: ["pc"],
  type: priorityClass,
  setDefaults: (object) =>
    void (object.preemptionPolicy ??= "PreemptLowerPriority"),
  prepareForCreate: ({ metadata }) => void (metadata.generation = 1),
  validate: validatePriorityClass,
  validateUpdate: validatePriorityClassUpdate,
  columns: [
    nameColumn(),
    column("Value", ({ value }) => value, {
      type: "integer",
      description: "The priority",
    }),
    column("Global-Default", ({ globalDefault }) => globalDefault ?? false, {
      type: "boolean",
      description: "Whether Pods that name no class get this one",
    }),
    ageColumn(),
    column(
      "PreemptionPolicy",
      ({ preemptionPolicy }) => preemptionPolicy ?? "",
      { description: "Whether less important Pods must make room" },
    ),
  ],
});

import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { type Toleration, toleration } from "../core/toleration.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  atomic,
  type Field,
  list,
  map,
  object,
  optional,
  pointer,
  type ResourceList,
  resourceList,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  validateRuntimeClass,
  validateRuntimeClassUpdate,
} from "../validation/runtime_class.ts";
import { warnOfRuntimeClass } from "../warnings/node_labels.ts";

/** What a Pod costs beside its containers. */
export interface Overhead {
  /** The amounts. */
  podFixed?: ResourceList;
}

/** Schema of {@linkcode Overhead}. */
export const overhead: Field<Overhead> = object<Overhead>(
  "io.k8s.api.node.v1.Overhead",
  () => ({
    podFixed: optional(resourceList),
  }),
);

/** Where Pods of the class can run. */
export interface Scheduling {
  /** Labels that a node must have, beside those that the Pod asks for. */
  nodeSelector?: Record<string, string>;
  /** Taints that the Pods tolerate, beside those that they name. */
  tolerations?: Toleration[];
}

/** Schema of {@linkcode Scheduling}. */
export const scheduling: Field<Scheduling> = object<Scheduling>(
  "io.k8s.api.node.v1.Scheduling",
  () => ({
    nodeSelector: optional(atomic(map(str))),
    tolerations: optional(list(toleration, { type: "atomic" })),
  }),
);

/** A way to run containers, under a name that Pods give. */
export interface RuntimeClass extends KubeObject {
  /** What the nodes call it; cannot change. */
  handler: string;
  /** What a Pod costs beside its containers. */
  overhead?: Overhead;
  /** Where its Pods can run; absent means everywhere. */
  scheduling?: Scheduling;
}

/** Schema of {@linkcode RuntimeClass}. */
export const runtimeClass: Field<RuntimeClass> = object<RuntimeClass>(
  "io.k8s.api.node.v1.RuntimeClass",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    handler: str,
    overhead: pointer(overhead),
    scheduling: pointer(scheduling),
  }),
);

/** Ways to run containers. */
export const runtimeClasses: Kind<RuntimeClass> = defineKind({
  group: "node.k8s.io",
  version: "v1",
  kind: "RuntimeClass",
  plural: "runtimeclasses",
  namespaced: false,
  needsRevision: true,
  type: runtimeClass,
  validate: validateRuntimeClass,
  validateUpdate: validateRuntimeClassUpdate,
  warnings: warnOfRuntimeClass,
  columns: [
    nameColumn(),
    column("Handler", ({ handler }) => handler, {
      description: "What the nodes call it",
    }),
    ageColumn(),
  ],
});

import { createdAtColumn, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import { defaultLimitRange } from "../defaults/limit_range.ts";
import { validateLimitRange } from "../validation/limit_range.ts";
import type { Kind } from "../kind.ts";
import { type KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  named,
  object,
  optional,
  type ResourceList,
  resourceList,
  typeMeta,
} from "../schema/words.ts";

/** Bounds for one type of thing in a namespace. */
export interface LimitRangeItem {
  /** What is bounded: `Pod`, `Container` or `PersistentVolumeClaim`. */
  type: string;
  /** The most of each resource. */
  max?: ResourceList;
  /** The least of each resource. */
  min?: ResourceList;
  /** Limits of a container that names none. */
  default?: ResourceList;
  /** Requests of a container that names none. */
  defaultRequest?: ResourceList;
  /** How many times its request a limit may be. */
  maxLimitRequestRatio?: ResourceList;
}

/** Schema of {@linkcode LimitRangeItem}. */
export const limitRangeItem: Field<LimitRangeItem> = object<LimitRangeItem>(
  "io.k8s.api.core.v1.LimitRangeItem",
  () => ({
    type: named("v1.LimitType"),
    max: optional(resourceList),
    min: optional(resourceList),
    default: optional(resourceList),
    defaultRequest: optional(resourceList),
    maxLimitRequestRatio: optional(resourceList),
  }),
);

/** Bounds for what is made in a namespace. */
export interface LimitRangeSpec {
  /** The bounds, each for one type of thing. */
  limits: LimitRangeItem[];
}

/** Schema of {@linkcode LimitRangeSpec}. */
export const limitRangeSpec: Field<LimitRangeSpec> = object<LimitRangeSpec>(
  "io.k8s.api.core.v1.LimitRangeSpec",
  () => ({
    limits: list(limitRangeItem, { type: "atomic" }),
  }),
);

/** Bounds and defaults for the resources of each Pod, container and claim of a namespace. */
export interface LimitRange extends KubeObject {
  /** The bounds. */
  spec: LimitRangeSpec;
}

/** Schema of {@linkcode LimitRange}. */
export const limitRange: Field<LimitRange> = object<LimitRange>(
  "io.k8s.api.core.v1.LimitRange",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: limitRangeSpec,
  }),
);

/** Bounds and defaults for resources in a namespace. */
export const limitRanges: Kind<LimitRange> = defineKind({
  group: "",
  version: "v1",
  kind: "LimitRange",
  plural: "limitranges",
  namespaced: true,
  shortNames: ["limits"],
  type: limitRange,
  setDefaults: defaultLimitRange,
  // The one kind that needs no name.
  prepareForCreate({ metadata }) {
    metadata.name ||= metadata.uid ?? "";
  },
  validate: validateLimitRange,
  columns: [nameColumn(), createdAtColumn()],
});

import {
  type LabelSelectorRequirement,
  labelSelectorRequirement,
} from "../meta.ts";
import {
  type Field,
  list,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";
import {
  type FieldSelectorRequirement,
  fieldSelectorRequirement,
} from "./field_selector.ts";

/** The labels that a request is limited to. */
export interface LabelSelectorAttributes {
  /** The selector as text; not together with `requirements`. */
  rawSelector?: string;
  /** The selector in parts. */
  requirements?: LabelSelectorRequirement[];
}

/** Schema of {@linkcode LabelSelectorAttributes}. */
export const labelSelectorAttributes: Field<LabelSelectorAttributes> = object<
  LabelSelectorAttributes
>(
  "io.k8s.api.authorization.v1.LabelSelectorAttributes",
  () => ({
    rawSelector: optional(str),
    requirements: optional(list(labelSelectorRequirement, { type: "atomic" })),
  }),
);

/** The fields that a request is limited to. */
export interface FieldSelectorAttributes {
  /** The selector as text; not together with `requirements`. */
  rawSelector?: string;
  /** The selector in parts. */
  requirements?: FieldSelectorRequirement[];
}

/** Schema of {@linkcode FieldSelectorAttributes}. */
export const fieldSelectorAttributes: Field<FieldSelectorAttributes> = object<
  FieldSelectorAttributes
>(
  "io.k8s.api.authorization.v1.FieldSelectorAttributes",
  () => ({
    rawSelector: optional(str),
    requirements: optional(list(fieldSelectorRequirement, { type: "atomic" })),
  }),
);

/** What is asked of a resource. */
export interface ResourceAttributes {
  /** The namespace; "" for all, or for cluster-scoped kinds. */
  namespace?: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection` …; `*` is all. */
  verb?: string;
  /** Group of the resource; `*` is all. */
  group?: string;
  /** Version of the group; `*` is all. */
  version?: string;
  /** Plural of the resource; `*` is all. */
  resource?: string;
  /** The subresource; "" for the resource itself. */
  subresource?: string;
  /** Name of the object; "" is all. */
  name?: string;
  /** The fields that it is limited to. */
  fieldSelector?: FieldSelectorAttributes;
  /** The labels that it is limited to. */
  labelSelector?: LabelSelectorAttributes;
}

/** Schema of {@linkcode ResourceAttributes}. */
export const resourceAttributes: Field<ResourceAttributes> = object<
  ResourceAttributes
>(
  "io.k8s.api.authorization.v1.ResourceAttributes",
  () => ({
    namespace: optional(str),
    verb: optional(str),
    group: optional(str),
    version: optional(str),
    resource: optional(str),
    subresource: optional(str),
    name: optional(str),
    fieldSelector: pointer(fieldSelectorAttributes),
    labelSelector: pointer(labelSelectorAttributes),
  }),
);

/** What is asked of a path that is no resource. */
export interface NonResourceAttributes {
  /** The path. */
  path?: string;
  /** The HTTP method in lower case. */
  verb?: string;
}

/** Schema of {@linkcode NonResourceAttributes}. */
export const nonResourceAttributes: Field<NonResourceAttributes> = object<
  NonResourceAttributes
>(
  "io.k8s.api.authorization.v1.NonResourceAttributes",
  () => ({
    path: optional(str),
    verb: optional(str),
  }),
);

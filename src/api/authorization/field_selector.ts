import {
  type Field,
  list,
  named,
  object,
  optional,
  str,
} from "../schema/words.ts";

/** One condition on one field. */
export interface FieldSelectorRequirement {
  /** Path of the field. */
  key: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
  operator: string;
  /** Values to compare with; for `In` and `NotIn` only. */
  values?: string[];
}

/** Schema of {@linkcode FieldSelectorRequirement}. */
export const fieldSelectorRequirement: Field<FieldSelectorRequirement> = object<
  FieldSelectorRequirement
>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement",
  () => ({
    key: str,
    operator: named("v1.FieldSelectorOperator"),
    values: optional(list(str, { type: "atomic" })),
  }),
);

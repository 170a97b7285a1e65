/**
 * What strategic merge and apply need to know of a type: the type of each field, how lists merge.
 *
 * @module
 */
import { definitionOf } from "../schema/decode.ts";
import type { Field } from "../schema/words.ts";
import { allFacts, bare } from "../schema/wrapped.ts";

/** The patch facts of one field. */
export interface FieldFacts {
  /** The field's type: that of the elements for a list. */
  readonly type: Field<unknown> | undefined;
  /** `x-kubernetes-patch-strategy`, split. */
  readonly strategies: readonly string[];
  /** `x-kubernetes-patch-merge-key`; "" when there is none. */
  readonly mergeKey: string;
}

/** The facts of the field `name` of a type; unknown fields and untyped objects have none. */
export function fieldFacts(
  type: Field<unknown> | undefined,
  name: string,
): FieldFacts {
  const none: FieldFacts = { type: undefined, strategies: [], mergeKey: "" };
  if (type === undefined) return none;
  const def = definitionOf(bare(type));
  const field = def.type === "object"
    ? def.shape![name]
    : def.type === "record"
    ? def.valueType
    : undefined;
  if (field === undefined) return none;
  const facts = allFacts(field);
  const inner = bare(field);
  const innerDef = definitionOf(inner);
  return {
    type: innerDef.type === "array" ? innerDef.element : inner,
    strategies: facts.strategy?.split(",") ?? [],
    mergeKey: facts.mergeKey ?? "",
  };
}

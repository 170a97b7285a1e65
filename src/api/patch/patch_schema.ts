/**
 * What strategic merge and apply need to know of a type: the type of each field, how lists merge.
 *
 * @module
 */
import { definitionOf, unwrap } from "../schema/decode.ts";
import { type Facts, factsOf, type Field } from "../schema/words.ts";

/** The patch facts of one field. */
export interface FieldFacts {
  /** The field's type: that of the elements for a list. */
  readonly type: Field<unknown> | undefined;
  /** `x-kubernetes-patch-strategy`, split. */
  readonly strategies: readonly string[];
  /** `x-kubernetes-patch-merge-key`; "" when there is none. */
  readonly mergeKey: string;
}

/** Facts on the field and on what it wraps, the outer ones winning. */
function allFacts(field: Field<unknown>): Facts {
  let found: Facts = {};
  let at = field;
  for (;;) {
    found = { ...factsOf(at), ...found };
    const def = definitionOf(at);
    if (def.type === "optional") at = def.innerType!;
    else if (def.type === "lazy") at = def.getter!();
    else return found;
  }
}

function core(field: Field<unknown>): Field<unknown> {
  let at = unwrap(field);
  while (definitionOf(at).type === "optional") {
    at = unwrap(definitionOf(at).innerType!);
  }
  return at;
}

/** The facts of the field `name` of a type; unknown fields and untyped objects have none. */
export function fieldFacts(
  type: Field<unknown> | undefined,
  name: string,
): FieldFacts {
  const none: FieldFacts = { type: undefined, strategies: [], mergeKey: "" };
  if (type === undefined) return none;
  const def = definitionOf(core(type));
  const field = def.type === "object"
    ? def.shape![name]
    : def.type === "record"
    ? def.valueType
    : undefined;
  if (field === undefined) return none;
  const facts = allFacts(field);
  const inner = core(field);
  const innerDef = definitionOf(inner);
  return {
    type: innerDef.type === "array" ? innerDef.element : inner,
    strategies: facts.strategy?.split(",") ?? [],
    mergeKey: facts.mergeKey ?? "",
  };
}

/**
 * Looks through what a field is wrapped in: `optional` and `lazy` may stand around a type, each with facts of its own.
 *
 * @module
 */
import { definitionOf, unwrap } from "./decode.ts";
import { type Facts, factsOf, type Field } from "./words.ts";

/** Facts on the field and on what it wraps, the outer ones winning. */
export function allFacts(field: Field<unknown>): Facts {
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

/** The type itself, without `optional` and `lazy` around it. */
export function bare(field: Field<unknown>): Field<unknown> {
  let at = unwrap(field);
  while (definitionOf(at).type === "optional") {
    at = unwrap(definitionOf(at).innerType!);
  }
  return at;
}

/**
 * The values of fields that have only a few, for `kubectl explain`.
 *
 * @module
 */
import type { OpenApiSchema } from "../kind.ts";
import { definitionOf, unwrap } from "../schema/decode.ts";
import { factsOf, type Field } from "../schema/words.ts";
import { ENUMS } from "./generated/enums.ts";

/** The schema of a component's property, with its values or those of its items. */
export function withEnum(
  schema: OpenApiSchema,
  component: string,
  field: Field<unknown>,
): OpenApiSchema {
  const def = definitionOf(unwrap(field));
  if (def.type === "optional") {
    return withEnum(schema, component, def.innerType!);
  }
  if (def.type === "array") {
    return inside(
      schema,
      "items",
      (items) => withEnum(items, component, def.element!),
    );
  }
  if (def.type === "record") {
    return inside(
      schema,
      "additionalProperties",
      (values) => withEnum(values, component, def.valueType!),
    );
  }
  const values = valuesOf(component, factsOf(field).go ?? "");
  return values === undefined ? schema : { ...schema, enum: values };
}

function inside(
  schema: OpenApiSchema,
  key: string,
  change: (part: OpenApiSchema) => OpenApiSchema,
): OpenApiSchema {
  const part = schema[key] as OpenApiSchema | undefined;
  return part === undefined ? schema : { ...schema, [key]: change(part) };
}

/** Types are of the component's own group, else of the core group. */
function valuesOf(
  component: string,
  go: string,
): readonly string[] | undefined {
  const group = component.split(".").at(-3);
  return ENUMS[`${group}.${go}`] ?? ENUMS[`core.${go}`];
}

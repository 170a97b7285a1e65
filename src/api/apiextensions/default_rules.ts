/**
 * Rules for the defaults in a schema: each must itself be what the schema asks for.
 *
 * @module
 */
import { invalidValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { validateEmbedded } from "./embedded.ts";
import { itemsOf, type JSONSchemaProps } from "./json_schema.ts";
import { hasUnknownFields } from "./prune.ts";
import { validateValue } from "./validate_value.ts";

/** All findings. */
export function validateDefaults(
  schema: JSONSchemaProps,
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  if (schema.default !== undefined) {
    const at = `${field}.default`;
    const value = schema.default;
    if (hasUnknownFields(value, schema)) {
      found.push(invalidValue(at, value, "must not have unknown fields"));
    }
    const embedded = validateEmbedded(value, schema, at);
    found.push(
      ...embedded.length > 0
        ? embedded
        : validateValue(value, schema, { field: at }),
    );
  }
  const items = itemsOf(schema);
  if (items !== undefined) {
    found.push(...validateDefaults(items, `${field}.items`));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    found.push(...validateDefaults(property, `${field}.properties[${name}]`));
  }
  return found;
}

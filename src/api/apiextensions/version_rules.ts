/**
 * Rules for the parts of a version beside its schema: deprecation, subresources, columns, selectable fields.
 *
 * @module
 */
import { duplicate, invalidValue, required, tooMany } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  SelectableField,
} from "./custom_resource_definition_spec.ts";
import type { JSONSchemaProps } from "./json_schema.ts";

/** The most fields that selectors may name. */
export const MAX_SELECTABLE_FIELDS = 8;

const MAX_WARNING_BYTES = 256;
const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = [
  "byte",
  "date",
  "date-time",
  "double",
  "float",
  "int32",
  "int64",
  "password",
];

/** Rules for the warning of a deprecated version. */
export function validateDeprecation(
  { deprecated, deprecationWarning: text }: CustomResourceDefinitionVersion,
  field: string,
): FieldError[] {
  if (text === undefined) return [];
  const wrong: string[] = [];
  if (deprecated !== true) {
    wrong.push("can only be set for deprecated versions");
  } else {
    if (new TextEncoder().encode(text).length > MAX_WARNING_BYTES) {
      wrong.push(`must be <= ${MAX_WARNING_BYTES} characters long`);
    }
    if (text === "") wrong.push("must not be an empty string");
    const at = text.search(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u);
    if (at >= 0) {
      const index = new TextEncoder().encode(text.slice(0, at)).length;
      wrong.push(
        `must only contain printable UTF-8 characters; non-printable character found at index ${index}`,
      );
    }
  }
  return wrong.map((why) =>
    invalidValue(`${field}.deprecationWarning`, text, why)
  );
}

/** Rules for the paths of the scale. */
export function validateSubresources(
  subresources: CustomResourceSubresources | undefined,
  field: string,
): FieldError[] {
  const scale = subresources?.scale;
  if (scale === undefined) return [];
  const path = (
    name: "specReplicasPath" | "statusReplicasPath",
    below: string,
  ) => {
    const at = `${field}.scale.${name}`;
    if (scale[name] === "") return [required(at)];
    const wrong = simplePath(scale[name], at);
    if (wrong.length > 0 || scale[name].startsWith(`.${below}.`)) return wrong;
    return [
      invalidValue(at, scale[name], `should be a json path under .${below}`),
    ];
  };
  const found = [
    ...path("specReplicasPath", "spec"),
    ...path("statusReplicasPath", "status"),
  ];
  const selector = scale.labelSelectorPath ?? "";
  if (selector === "") return found;
  const at = `${field}.scale.labelSelectorPath`;
  const wrong = simplePath(selector, at);
  if (wrong.length > 0) return [...found, ...wrong];
  return /^\.(spec|status)\./.test(selector) ? found : [
    ...found,
    invalidValue(
      at,
      selector,
      "should be a json path under either .spec or .status",
    ),
  ];
}

function simplePath(path: string, field: string): FieldError[] {
  return path.startsWith(".") ? [] : [
    invalidValue(field, path, "must be a simple json path starting with ."),
  ];
}

/** Rules for columns. */
export function validateColumns(
  columns: readonly CustomResourceColumnDefinition[],
  field: string,
): FieldError[] {
  return columns.flatMap(({ name, type, format = "", jsonPath }, i) => {
    const at = `${field}[${i}]`;
    const found: FieldError[] = [];
    if (name === "") found.push(required(`${at}.name`));
    const types = `must be one of ${COLUMN_TYPES.join(",")}`;
    if (type === "") found.push(required(`${at}.type`, types));
    else if (!COLUMN_TYPES.includes(type)) {
      found.push(invalidValue(`${at}.type`, type, types));
    }
    if (format !== "" && !COLUMN_FORMATS.includes(format)) {
      found.push(
        invalidValue(
          `${at}.format`,
          format,
          `must be one of ${COLUMN_FORMATS.join(",")}`,
        ),
      );
    }
    if (jsonPath === "") found.push(required(`${at}.JSONPath`));
    else found.push(...simplePath(jsonPath, `${at}.JSONPath`));
    return found;
  });
}

/** Rules for selectable fields. */
export function validateSelectableFields(
  fields: readonly SelectableField[],
  field: string,
  schema: JSONSchemaProps | undefined,
): FieldError[] {
  if (fields.length === 0) return [];
  if (schema === undefined) {
    return [
      invalidValue(
        field,
        "",
        "may only be set when validations.schema is included",
      ),
    ];
  }
  const seen = new Set<string>();
  const found = fields.flatMap(({ jsonPath }, i) => {
    const at = `${field}[${i}].jsonPath`;
    if (jsonPath === "") return [required(at)];
    const target = schemaAt(jsonPath, schema);
    if (typeof target === "string") {
      return [invalidValue(at, jsonPath, `is an invalid path: ${target}`)];
    }
    const wrong: FieldError[] = [];
    if (/^\.metadata(\.|$)/.test(jsonPath)) {
      wrong.push(
        invalidValue(at, jsonPath, "must not point to fields in metadata"),
      );
    }
    if (!["string", "boolean", "integer"].includes(target.type ?? "")) {
      wrong.push(
        invalidValue(
          at,
          jsonPath,
          "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.",
        ),
      );
    }
    if (seen.has(jsonPath)) wrong.push(duplicate(at, jsonPath));
    seen.add(jsonPath);
    return wrong;
  });
  return seen.size > MAX_SELECTABLE_FIELDS
    ? [...found, tooMany(field, seen.size, MAX_SELECTABLE_FIELDS)]
    : found;
}

/** The schema at a path of field names, or why there is none. */
function schemaAt(
  path: string,
  schema: JSONSchemaProps,
): JSONSchemaProps | string {
  if (!path.startsWith(".")) {
    return `expected [ or . but got: ${path.slice(0, 1)}`;
  }
  let at = schema;
  for (const name of path.slice(1).split(".")) {
    const properties = at.properties ?? {};
    if (!Object.hasOwn(properties, name)) {
      return `does not refer to a valid field`;
    }
    at = properties[name]!;
  }
  return at;
}

/**
 * What makes a schema structural: the type of every field stands outside of `allOf`, `anyOf`, `oneOf` and `not`, which only restrict it.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import { forbiddenField, invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { itemsOf, type JSONSchemaProps, valuesOf } from "./json_schema.ts";
import { compilePattern } from "./pattern.ts";

type Level = "root" | "item" | "field";

/** All findings, sorted by their text. */
export function validateStructure(
  schema: JSONSchemaProps,
  field: string,
): FieldError[] {
  const text = (e: FieldError) => `${e.field}: ${e.message}`;
  return [
    ...validateInvariants(schema, "root", field),
    ...validateCompleteness(schema, field),
  ].sort((a, b) => text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
}

const INT_OR_STRING: readonly JSONSchemaProps[] = [
  { type: "integer" },
  { type: "string" },
];

function isIntOrString(anyOf: readonly JSONSchemaProps[] | undefined): boolean {
  return sameJson(anyOf, INT_OR_STRING);
}

function validateInvariants(
  schema: JSONSchemaProps,
  level: Level,
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  const { type = "", properties = {} } = schema;
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  if (type === "array" && schema.items === undefined) {
    found.push(required(`${field}.items`, "must be specified"));
  }
  if (items !== undefined) {
    found.push(...validateInvariants(items, "item", `${field}.items`));
  }
  for (const [name, property] of Object.entries(properties)) {
    found.push(
      ...validateInvariants(property, "field", `${field}.properties[${name}]`),
    );
  }
  if (schema.additionalProperties !== undefined && level === "root") {
    found.push(
      forbiddenField(
        `${field}.additionalProperties`,
        "must not be used at the root",
      ),
    );
  }
  if (values !== undefined) {
    found.push(
      ...validateInvariants(values, "field", `${field}.additionalProperties`),
    );
  }
  found.push(
    ...validateExtensions(schema, field),
    ...validateRestrictions(schema, {
      field,
      skipAnyOf: isIntOrString(schema.anyOf),
      skipFirstAllOf: isIntOrString(schema.allOf?.[0]?.anyOf),
    }),
    ...validateType(schema, level, field),
  );
  return [...found, ...validateMetaFields(schema, level, field)];
}

function validateExtensions(
  schema: JSONSchemaProps,
  field: string,
): FieldError[] {
  if (schema["x-kubernetes-int-or-string"] !== true) return [];
  return ["preserve-unknown-fields", "embedded-resource"].filter((name) =>
    schema[`x-kubernetes-${name}` as keyof JSONSchemaProps] === true
  ).map((name) =>
    invalidValue(
      `${field}.x-kubernetes-${name}`,
      true,
      "must be false if x-kubernetes-int-or-string is true",
    )
  );
}

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

function validateType(
  schema: JSONSchemaProps,
  level: Level,
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  const { type = "" } = schema;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const keeps = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const untyped = keeps || schema["x-kubernetes-int-or-string"] === true;
  if (embedded && type !== "object") {
    const why = "must be object if x-kubernetes-embedded-resource is true";
    found.push(
      type === ""
        ? required(`${field}.type`, why)
        : invalidValue(`${field}.type`, type, why),
    );
  } else if (type === "" && !untyped) {
    found.push(required(`${field}.type`, EMPTY_TYPE[level]));
  }
  if (embedded && schema.additionalProperties !== undefined) {
    found.push(
      forbiddenField(
        `${field}.additionalProperties`,
        "must not be used if x-kubernetes-embedded-resource is set",
      ),
    );
  }
  if (level === "root" && type !== "" && type !== "object") {
    found.push(
      invalidValue(`${field}.type`, type, "must be object at the root"),
    );
  }
  if (
    embedded && !keeps && Object.keys(schema.properties ?? {}).length === 0
  ) {
    found.push(
      required(
        `${field}.properties`,
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
      ),
    );
  }
  return found;
}

function validateMetaFields(
  schema: JSONSchemaProps,
  level: Level,
  field: string,
): FieldError[] {
  const { properties = {} } = schema;
  const resource = level === "root" ||
    schema["x-kubernetes-embedded-resource"] === true;
  if (!resource) return [];
  const found: FieldError[] = [];
  for (const name of ["kind", "apiVersion"]) {
    const property = properties[name];
    if (property !== undefined && property.type !== "string") {
      found.push(
        invalidValue(
          `${field}.properties[${name}].type`,
          property.type ?? "",
          "must be string",
        ),
      );
    }
  }
  const { metadata } = properties;
  if (metadata === undefined) return found;
  const at = `${field}.properties[metadata]`;
  if (metadata.type !== "object") {
    found.push(
      invalidValue(`${at}.type`, metadata.type ?? "", "must be object"),
    );
  }
  if (level === "root") {
    const { type: _type, default: _default, properties: names = {}, ...rest } =
      metadata;
    const restrictsNames = Object.keys(names).every((name) =>
      name === "name" || name === "generateName"
    );
    // Go drops what is empty.
    const more = Object.entries(rest).filter(([name]) =>
      name !== "description" || metadata.description !== ""
    );
    if (!restrictsNames || more.some(([name]) => !RESTRICTIONS.has(name))) {
      found.push(
        forbiddenField(
          at,
          "must not specify anything other than name and generateName, but metadata is implicitly specified",
        ),
      );
    }
  }
  return found;
}

/** Keywords that have no place in a structure and are no part of it either. */
const RESTRICTIONS: ReadonlySet<string> = new Set(["example", "externalDocs"]);

interface Restricted {
  readonly field: string;
  /** The alternatives of `x-kubernetes-int-or-string` name types, and may. */
  readonly skipAnyOf?: boolean;
  readonly skipFirstAllOf?: boolean;
}

function validateRestrictions(
  schema: JSONSchemaProps,
  { field, skipAnyOf, skipFirstAllOf }: Restricted,
): FieldError[] {
  const found: FieldError[] = [];
  if (skipAnyOf !== true) {
    (schema.anyOf ?? []).forEach((part, i) =>
      found.push(...validateNested(part, { field: `${field}.anyOf[${i}]` }))
    );
  }
  (schema.allOf ?? []).forEach((part, i) =>
    found.push(...validateNested(part, {
      field: `${field}.allOf[${i}]`,
      skipAnyOf: skipFirstAllOf === true && i === 0,
    }))
  );
  (schema.oneOf ?? []).forEach((part, i) =>
    found.push(...validateNested(part, { field: `${field}.oneOf[${i}]` }))
  );
  if (schema.not !== undefined) {
    found.push(...validateNested(schema.not, { field: `${field}.not` }));
  }
  const { pattern = "" } = schema;
  if (pattern !== "") {
    const why = whyNoPattern(pattern);
    if (why !== undefined) {
      found.push(
        invalidValue(
          `${field}.pattern`,
          pattern,
          `must be a valid regular expression, but isn't: ${why}`,
        ),
      );
    }
  }
  return found;
}

function whyNoPattern(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return `error parsing regexp: ${(error as Error).message}`;
  }
}

/** What must not be said inside of `allOf` and the like, and how that is told. */
const FORBIDDEN: readonly [keyof JSONSchemaProps, string][] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

function validateNested(
  schema: JSONSchemaProps,
  place: Restricted,
): FieldError[] {
  const { field } = place;
  const found = validateRestrictions(schema, place);
  const items = itemsOf(schema);
  if (items !== undefined) {
    found.push(...validateNested(items, { field: `${field}.items` }));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    found.push(
      ...validateNested(property, { field: `${field}.properties[${name}]` }),
    );
  }
  for (const [name, why] of FORBIDDEN) {
    const value = schema[name];
    if (value === undefined || value === false || value === "") continue;
    found.push(forbiddenField(`${field}.${name}`, why));
  }
  if (schema.properties?.["metadata"] !== undefined) {
    found.push(
      forbiddenField(
        `${field}.properties[metadata]`,
        "must not be specified in a nested context",
      ),
    );
  }
  return found;
}

/** Every field that a restriction of the root names must be in the structure as well. Kubernetes looks no deeper. */
function validateCompleteness(
  schema: JSONSchemaProps,
  field: string,
): FieldError[] {
  return restrictionsOf(schema, field).flatMap(([part, at]) =>
    validateMentioned(part, schema, { field: at, base: field })
  );
}

function restrictionsOf(
  schema: JSONSchemaProps,
  field: string,
): [JSONSchemaProps, string][] {
  const several = (["allOf", "anyOf", "oneOf"] as const).flatMap((name) =>
    (schema[name] ?? []).map((part, i): [JSONSchemaProps, string] => [
      part,
      `${field}.${name}[${i}]`,
    ])
  );
  return schema.not === undefined
    ? several
    : [...several, [schema.not, `${field}.not`]];
}

function validateMentioned(
  nested: JSONSchemaProps,
  structure: JSONSchemaProps,
  { field, base }: { field: string; base: string },
): FieldError[] {
  const found: FieldError[] = [];
  const missing = (part: string, at: string) =>
    found.push(required(`${base}.${part}`, `because it is defined in ${at}`));
  const items = itemsOf(nested);
  if (items !== undefined) {
    const own = itemsOf(structure);
    const at = `${field}.items`;
    if (own === undefined) missing("items", at);
    else {
      found.push(
        ...validateMentioned(items, own, { field: at, base: `${base}.items` }),
      );
    }
  }
  for (const [name, property] of Object.entries(nested.properties ?? {})) {
    const step = `properties[${name}]`;
    const own = structure.properties?.[name];
    const at = `${field}.${step}`;
    if (own === undefined) missing(step, at);
    else {
      found.push(
        ...validateMentioned(property, own, {
          field: at,
          base: `${base}.${step}`,
        }),
      );
    }
  }
  for (const [part, at] of restrictionsOf(nested, field)) {
    found.push(...validateMentioned(part, structure, { field: at, base }));
  }
  return found;
}

/**
 * Rules for the schema of a version.
 *
 * @module
 */
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { validateDefaults } from "./default_rules.ts";
import {
  itemsOf,
  type JSONSchemaProps,
  parts,
  valuesOf,
} from "./json_schema.ts";
import { validateStructure } from "./structural_rules.ts";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const META_FIELDS = ["metadata", "kind", "apiVersion"];

/** What the root may have when the status is served apart. Go's names, for the text. */
const AT_ROOT: Readonly<Record<string, string>> = {
  description: "Description",
  type: "Type",
  format: "Format",
  title: "Title",
  maximum: "Maximum",
  exclusiveMaximum: "ExclusiveMaximum",
  minimum: "Minimum",
  exclusiveMinimum: "ExclusiveMinimum",
  maxLength: "MaxLength",
  minLength: "MinLength",
  pattern: "Pattern",
  maxItems: "MaxItems",
  minItems: "MinItems",
  uniqueItems: "UniqueItems",
  multipleOf: "MultipleOf",
  required: "Required",
  items: "Items",
  properties: "Properties",
  externalDocs: "ExternalDocs",
  example: "Example",
  "x-kubernetes-preserve-unknown-fields": "XPreserveUnknownFields",
  "x-kubernetes-validations": "XValidations",
};

/** Why rules are refused rather than ignored. */
export const NO_CEL =
  "rules in the Common Expression Language cannot be enforced by this server yet";

/** Rules for a whole schema. */
export function validateSchema(
  schema: JSONSchemaProps,
  field: string,
  options: { readonly hasStatus: boolean },
): FieldError[] {
  const found: FieldError[] = [];
  if (options.hasStatus) found.push(...validateRoot(schema, field));
  if (schema.nullable === true) {
    found.push(
      forbiddenField(
        `${field}.nullable`,
        "nullable cannot be true at the root",
      ),
    );
  }
  const foreign = foreignKeyword(schema);
  if (foreign === undefined) {
    const structure = validateStructure(schema, field);
    found.push(
      ...structure.length > 0 ? structure : validateDefaults(schema, field),
    );
  }
  found.push(...validatePart(schema, { field, root: true, inMeta: false }));
  return found.length > 0 || foreign === undefined ? found : [
    invalidValue(field, "", `OpenAPIV3Schema '${foreign}' is not supported`),
  ];
}

/** A keyword that no structural schema can have; with one the rest of the structure is not looked at. */
function foreignKeyword(schema: JSONSchemaProps): string | undefined {
  for (const part of parts(schema)) {
    if (part.id) return "id";
    if (part.$schema) return "schema";
    if (part.$ref !== undefined) return "$ref";
    if (part.patternProperties !== undefined) return "patternProperties";
    if (part.dependencies !== undefined) return "dependencies";
    if (part.additionalItems !== undefined) return "additionalItems";
    if (part.definitions !== undefined) return "definitions";
    if (Array.isArray(part.items)) return "items";
    if (part["x-kubernetes-preserve-unknown-fields"] === false) {
      return "x-kubernetes-preserve-unknown-fields";
    }
  }
  return undefined;
}

function validateRoot(schema: JSONSchemaProps, field: string): FieldError[] {
  for (const [name, value] of Object.entries(schema)) {
    if (value === undefined) continue;
    if (name === "type" && value !== "object") {
      return [
        invalidValue(
          `${field}.type`,
          value,
          'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
        ),
      ];
    }
    if (!Object.hasOwn(AT_ROOT, name)) {
      return [
        invalidValue(
          field,
          schema,
          `only [${
            Object.values(AT_ROOT).join(" ")
          }] fields are allowed at the root of the schema if the status subresource is enabled`,
        ),
      ];
    }
  }
  return [];
}

interface Place {
  readonly field: string;
  readonly root: boolean;
  /** Inside of `metadata`, `kind` or `apiVersion`. */
  readonly inMeta: boolean;
  /** Why there may be no defaults here. */
  readonly noDefaults?: string;
}

function validatePart(
  schema: JSONSchemaProps | undefined,
  place: Place,
): FieldError[] {
  if (schema === undefined) return [];
  const { field } = place;
  const below = (
    part: JSONSchemaProps | undefined,
    step: string,
    more: Partial<Place> = {},
  ) =>
    validatePart(part, {
      ...place,
      ...more,
      root: false,
      field: `${field}.${step}`,
    });
  const found = validateKeywords(schema, place);
  if (schema.uniqueItems === true) {
    found.push(
      forbiddenField(
        `${field}.uniqueItems`,
        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
      ),
    );
  }
  const { additionalProperties, properties = {} } = schema;
  if (additionalProperties !== undefined) {
    if (Object.keys(properties).length > 0 && additionalProperties !== true) {
      found.push(
        forbiddenField(
          `${field}.additionalProperties`,
          "additionalProperties and properties are mutual exclusive",
        ),
      );
    }
    found.push(
      ...below(
        valuesOf(schema),
        "additionalProperties",
        place.inMeta
          ? {
            noDefaults:
              "inside additionalProperties applying to object metadata",
          }
          : {},
      ),
    );
  }
  for (const [name, property] of Object.entries(properties)) {
    const meta = META_FIELDS.includes(name) &&
      (place.root || schema["x-kubernetes-embedded-resource"] === true);
    found.push(...below(property, `properties[${name}]`, {
      ...(meta ? { inMeta: true } : {}),
      ...(meta && place.root ? { noDefaults: `in top-level ${name}` } : {}),
    }));
  }
  found.push(...below(schema.not, "not"));
  for (const name of ["allOf", "oneOf", "anyOf"] as const) {
    (schema[name] ?? []).forEach((part, i) =>
      found.push(...below(part, `${name}[${i}]`))
    );
  }
  found.push(...below(itemsOf(schema), "items"));
  return [...found, ...validateExtensions(schema, field)];
}

/** What Kubernetes does not take of JSON Schema. */
function validateKeywords(
  schema: JSONSchemaProps,
  { field, inMeta, noDefaults }: Place,
): FieldError[] {
  const found: FieldError[] = [];
  const { type = "" } = schema;
  const unsupported = (name: string) =>
    found.push(forbiddenField(`${field}.${name}`, `${name} is not supported`));
  if (type !== "" && !TYPES.includes(type)) {
    found.push(notSupported(`${field}.type`, type, TYPES));
  }
  if (schema.default !== undefined && noDefaults !== undefined) {
    found.push(
      forbiddenField(`${field}.default`, `must not be set ${noDefaults}`),
    );
  }
  if (schema.id) unsupported("id");
  if (schema.additionalItems !== undefined) unsupported("additionalItems");
  if (schema.patternProperties !== undefined) unsupported("patternProperties");
  if (schema.definitions !== undefined) unsupported("definitions");
  if (schema.dependencies !== undefined) unsupported("dependencies");
  if (schema.$ref !== undefined) unsupported("$ref");
  if (type === "null") {
    found.push(
      forbiddenField(
        `${field}.type`,
        "type cannot be set to null, use nullable as an alternative",
      ),
    );
  }
  if (Array.isArray(schema.items)) {
    found.push(
      forbiddenField(
        `${field}.items`,
        "items must be a schema object and not an array",
      ),
    );
  }
  if (inMeta && schema["x-kubernetes-embedded-resource"] === true) {
    found.push(
      forbiddenField(
        `${field}.x-kubernetes-embedded-resource`,
        "must not be used inside of resource meta",
      ),
    );
  }
  return found;
}

function validateExtensions(
  schema: JSONSchemaProps,
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    found.push(
      invalidValue(
        `${field}.x-kubernetes-preserve-unknown-fields`,
        false,
        "must be true or undefined",
      ),
    );
  }
  const mapType = schema["x-kubernetes-map-type"];
  const listType = schema["x-kubernetes-list-type"];
  if (mapType !== undefined) {
    found.push(...needsType(schema, field, "object", "map-type"));
    if (mapType !== "atomic" && mapType !== "granular") {
      found.push(
        notSupported(`${field}.x-kubernetes-map-type`, mapType, [
          "atomic",
          "granular",
        ]),
      );
    }
  }
  if (listType !== undefined) {
    const wrong = needsType(schema, field, "array", "list-type");
    found.push(...wrong);
    if (wrong.length === 0 && listType === "set") {
      found.push(...validateSetItems(itemsOf(schema), `${field}.items`));
    }
    if (!["atomic", "set", "map"].includes(listType)) {
      found.push(
        notSupported(`${field}.x-kubernetes-list-type`, listType, [
          "atomic",
          "set",
          "map",
        ]),
      );
    }
  }
  found.push(...validateMapKeys(schema, field));
  if ((schema["x-kubernetes-validations"] ?? []).length > 0) {
    found.push(forbiddenField(`${field}.x-kubernetes-validations`, NO_CEL));
  }
  return found;
}

function needsType(
  { type = "" }: JSONSchemaProps,
  field: string,
  wanted: string,
  extension: string,
): FieldError[] {
  const why = `must be ${wanted} if x-kubernetes-${extension} is specified`;
  if (type === wanted) return [];
  return type === ""
    ? [required(`${field}.type`, why)]
    : [invalidValue(`${field}.type`, type, why)];
}

function validateSetItems(
  items: JSONSchemaProps | undefined,
  field: string,
): FieldError[] {
  const why =
    "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = items?.["x-kubernetes-list-type"];
  if (items?.type === "array" && (listType ?? "atomic") !== "atomic") {
    return [invalidValue(`${field}.x-kubernetes-list-type`, listType, why)];
  }
  if (
    items?.type === "object" && items["x-kubernetes-map-type"] !== "atomic"
  ) return [invalidValue(`${field}.x-kubernetes-map-type`, listType, why)];
  return [];
}

function validateMapKeys(
  schema: JSONSchemaProps,
  field: string,
): FieldError[] {
  const found: FieldError[] = [];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const type = schema["x-kubernetes-list-type"];
  const items = itemsOf(schema);
  const at = `${field}.x-kubernetes-list-map-keys`;
  if (keys.length > 0 && type !== "map") {
    const why = "must be map if x-kubernetes-list-map-keys is non-empty";
    const of = `${field}.x-kubernetes-list-type`;
    found.push(
      type === undefined ? required(of, why) : invalidValue(of, type, why),
    );
  }
  if (type === "map") {
    if (keys.length === 0) {
      found.push(
        required(at, "must not be empty if x-kubernetes-list-type is map"),
      );
    }
    if (schema.items === undefined) {
      found.push(
        required(
          `${field}.items`,
          "must have a schema if x-kubernetes-list-type is map",
        ),
      );
    }
    if (items !== undefined && items.type !== "object") {
      found.push(
        invalidValue(
          `${field}.items.type`,
          items.type ?? "",
          "must be object if parent array's x-kubernetes-list-type is map",
        ),
      );
    }
    if (items?.type === "object") {
      keys.forEach((key, i) => {
        const property = items.properties?.[key];
        if (property === undefined) {
          found.push(
            invalidValue(
              at,
              keys,
              "entries must all be names of item properties",
            ),
          );
        } else if (property.type === "array" || property.type === "object") {
          found.push(
            invalidValue(
              `${field}.items.properties[${key}].type`,
              items.type,
              "must be a scalar type if parent array's x-kubernetes-list-type is map",
            ),
          );
        }
        if (keys.indexOf(key) < i) {
          found.push(
            invalidValue(at, keys, "must not contain duplicate entries"),
          );
        }
      });
    }
  }
  if (items === undefined || (type !== "set" && type !== "map")) return found;
  if (items.nullable === true) {
    found.push(
      forbiddenField(
        `${field}.items.nullable`,
        `cannot be nullable when x-kubernetes-list-type is ${type}`,
      ),
    );
  }
  if (type === "map") found.push(...validateKeyFields(items, keys, field));
  return found;
}

function validateKeyFields(
  items: JSONSchemaProps,
  keys: readonly string[],
  field: string,
): FieldError[] {
  return keys.flatMap((key) => {
    const property = items.properties?.[key];
    if (property === undefined) return [];
    const at = `${field}.items.properties[${key}]`;
    const told = items.required?.includes(key) === true ||
      property.default !== undefined;
    return [
      ...(told ? [] : [
        required(
          `${at}.default`,
          "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        ),
      ]),
      ...(property.nullable === true
        ? [
          forbiddenField(
            `${at}.nullable`,
            "this property is in x-kubernetes-list-map-keys, so it cannot be nullable",
          ),
        ]
        : []),
    ];
  });
}

/**
 * The part of JSON Schema that a CustomResourceDefinition is written in.
 *
 * @module
 */
import {
  anyValue,
  bool,
  double,
  either,
  type Field,
  int64,
  list,
  map,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";

/** A rule in the Common Expression Language. */
export interface ValidationRule {
  /** The expression; `self` is the value beside it. */
  rule: string;
  /** What to say when it is false. */
  message?: string;
  /** An expression that makes the message. */
  messageExpression?: string;
  /** Reason of the error, for machines. */
  reason?: string;
  /** The field that the error is about, relative to the rule's place. */
  fieldPath?: string;
  /** Whether the rule also runs when there is no old value. */
  optionalOldSelf?: boolean;
}

/** Schema of {@linkcode ValidationRule}. */
export const validationRule: Field<ValidationRule> = object<ValidationRule>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ValidationRule",
  () => ({
    rule: str,
    message: optional(str),
    messageExpression: optional(str),
    reason: pointer(str),
    fieldPath: optional(str),
    optionalOldSelf: pointer(bool),
  }),
);

/** Where to read more. */
export interface ExternalDocumentation {
  /** What is found there. */
  description?: string;
  /** Where. */
  url?: string;
}

/** Schema of {@linkcode ExternalDocumentation}. */
export const externalDocumentation: Field<ExternalDocumentation> = object<
  ExternalDocumentation
>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ExternalDocumentation",
  () => ({ description: optional(str), url: optional(str) }),
);

/** A JSON Schema, as far as Kubernetes knows it. */
export interface JSONSchemaProps {
  /** Not supported. */
  id?: string;
  /** Not supported. */
  $schema?: string;
  /** Not supported. */
  $ref?: string;
  /** What the value is, for people. */
  description?: string;
  /** `object`, `array`, `string`, `integer`, `number` or `boolean`. */
  type?: string;
  /** The form of the value, for example `date-time` or `int32`; unknown ones are ignored. */
  format?: string;
  /** A title, for people. */
  title?: string;
  /** Taken when the field is absent. */
  default?: unknown;
  /** The largest number. */
  maximum?: number;
  /** Whether `maximum` itself is too large. */
  exclusiveMaximum?: boolean;
  /** The smallest number. */
  minimum?: number;
  /** Whether `minimum` itself is too small. */
  exclusiveMinimum?: boolean;
  /** The most characters. */
  maxLength?: number;
  /** The fewest characters. */
  minLength?: number;
  /** A regular expression (RE2) that the string matches somewhere. */
  pattern?: string;
  /** The most items. */
  maxItems?: number;
  /** The fewest items. */
  minItems?: number;
  /** Not supported. */
  uniqueItems?: boolean;
  /** The number is a multiple of this. */
  multipleOf?: number;
  /** The values that there are. */
  enum?: unknown[];
  /** The most properties. */
  maxProperties?: number;
  /** The fewest properties. */
  minProperties?: number;
  /** Properties that must be there. */
  required?: string[];
  /** What each item is. */
  items?: JSONSchemaProps | JSONSchemaProps[];
  /** All of these hold. */
  allOf?: JSONSchemaProps[];
  /** Exactly one of these holds. */
  oneOf?: JSONSchemaProps[];
  /** At least one of these holds. */
  anyOf?: JSONSchemaProps[];
  /** This does not hold. */
  not?: JSONSchemaProps;
  /** The fields of an object. */
  properties?: Record<string, JSONSchemaProps>;
  /** What the values of a map are. */
  additionalProperties?: JSONSchemaProps | boolean;
  /** Not supported. */
  patternProperties?: Record<string, JSONSchemaProps>;
  /** Not supported. */
  dependencies?: Record<string, unknown>;
  /** Not supported. */
  additionalItems?: JSONSchemaProps | boolean;
  /** Not supported. */
  definitions?: Record<string, JSONSchemaProps>;
  /** Where to read more. */
  externalDocs?: ExternalDocumentation;
  /** An example. */
  example?: unknown;
  /** Whether `null` is a value. Default: false. */
  nullable?: boolean;
  /** Whether fields that are not named here are kept. */
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  /** Whether the value is a whole Kubernetes object with `apiVersion`, `kind` and `metadata`. */
  "x-kubernetes-embedded-resource"?: boolean;
  /** Whether the value is an integer or a string. */
  "x-kubernetes-int-or-string"?: boolean;
  /** The fields that tell the items of a `map` list apart. */
  "x-kubernetes-list-map-keys"?: string[];
  /** How lists are merged: `atomic`, `set` or `map`. */
  "x-kubernetes-list-type"?: string;
  /** How objects are merged: `granular` or `atomic`. */
  "x-kubernetes-map-type"?: string;
  /** Rules in the Common Expression Language; not enforced by this server and refused. */
  "x-kubernetes-validations"?: ValidationRule[];
}

const json = anyValue as Field<NonNullable<unknown>>;

/** Schema of {@linkcode JSONSchemaProps}. */
export const jsonSchemaProps: Field<JSONSchemaProps> = object<JSONSchemaProps>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
  () => ({
    id: optional(str),
    $schema: optional(str),
    $ref: pointer(str),
    description: optional(str),
    type: optional(str),
    format: optional(str),
    title: optional(str),
    default: pointer(json),
    maximum: pointer(double),
    exclusiveMaximum: optional(bool),
    minimum: pointer(double),
    exclusiveMinimum: optional(bool),
    maxLength: pointer(int64),
    minLength: pointer(int64),
    pattern: optional(str),
    maxItems: pointer(int64),
    minItems: pointer(int64),
    uniqueItems: optional(bool),
    multipleOf: pointer(double),
    enum: optional(list(anyValue, { type: "atomic" })),
    maxProperties: pointer(int64),
    minProperties: pointer(int64),
    required: optional(list(str, { type: "atomic" })),
    items: optional(
      either<JSONSchemaProps, JSONSchemaProps[]>(jsonSchemaProps, "list"),
    ),
    allOf: optional(list(jsonSchemaProps, { type: "atomic" })),
    oneOf: optional(list(jsonSchemaProps, { type: "atomic" })),
    anyOf: optional(list(jsonSchemaProps, { type: "atomic" })),
    not: optional(jsonSchemaProps),
    properties: optional(map(jsonSchemaProps)),
    additionalProperties: pointer(
      either<JSONSchemaProps, boolean>(jsonSchemaProps, "bool"),
    ),
    patternProperties: optional(map(jsonSchemaProps)),
    dependencies: optional(map(anyValue)),
    additionalItems: pointer(
      either<JSONSchemaProps, boolean>(jsonSchemaProps, "bool"),
    ),
    definitions: optional(map(jsonSchemaProps)),
    externalDocs: optional(externalDocumentation),
    example: pointer(json),
    nullable: optional(bool),
    "x-kubernetes-preserve-unknown-fields": pointer(bool),
    "x-kubernetes-embedded-resource": optional(bool),
    "x-kubernetes-int-or-string": optional(bool),
    "x-kubernetes-list-map-keys": optional(list(str, { type: "atomic" })),
    "x-kubernetes-list-type": pointer(str),
    "x-kubernetes-map-type": pointer(str),
    "x-kubernetes-validations": optional(
      list(validationRule, {
        type: "map",
        keys: ["rule"],
        strategy: "merge",
        mergeKey: "rule",
      }),
    ),
  }),
);

/** The schema of a list's items, when it is one schema. */
export function itemsOf(schema: JSONSchemaProps): JSONSchemaProps | undefined {
  return Array.isArray(schema.items) ? undefined : schema.items;
}

/** The schema of a map's values, when it is a schema. */
export function valuesOf(schema: JSONSchemaProps): JSONSchemaProps | undefined {
  const { additionalProperties } = schema;
  return typeof additionalProperties === "object"
    ? additionalProperties
    : undefined;
}

/** All schemas that a schema is made of, itself first. */
export function* parts(schema: JSONSchemaProps): Generator<JSONSchemaProps> {
  yield schema;
  const { items, additionalProperties, not } = schema;
  const next = [
    ...(Array.isArray(items) ? items : items === undefined ? [] : [items]),
    ...schema.allOf ?? [],
    ...schema.anyOf ?? [],
    ...schema.oneOf ?? [],
    ...(not === undefined ? [] : [not]),
    ...Object.values(schema.properties ?? {}),
    ...(typeof additionalProperties === "object" ? [additionalProperties] : []),
  ];
  for (const part of next) yield* parts(part);
}

/**
 * OpenAPI v2 in protobuf, the only form that client-go asks for (`discovery.OpenAPISchema`); kubectl needs it for a `kind: List` in a file and for
 * `explain --output=plaintext-openapiv2`.
 *
 * The messages are those of gnostic's `OpenAPIv2.proto`; here are the fields that {@linkcode swaggerDocument} and schemas of custom kinds have.
 *
 * @module
 */
import type { OpenApiSchema } from "../../api/kind.ts";
import { MessageWriter } from "../protobuf/writer.ts";

type Json = Readonly<Record<string, unknown>>;
type Write = (out: MessageWriter, field: number, value: unknown) => void;
/** How the members of a JSON object are written, by name; `x-` is for all that begin so. */
type Fields = Readonly<Record<string, readonly [number, Write]>>;

/** The document as a protobuf message. */
export function swaggerProtobuf(
  document: OpenApiSchema,
): Uint8Array<ArrayBuffer> {
  return encode(DOCUMENT, document as Json);
}

function encode(fields: Fields, value: Json): Uint8Array<ArrayBuffer> {
  const out = new MessageWriter();
  for (const [name, one] of Object.entries(value)) {
    const known = fields[name];
    if (known !== undefined) known[1](out, known[0], one);
    else if (name.startsWith("x-")) {
      const [field] = fields["x-"] ?? [];
      if (field !== undefined) entry(any)(out, field, [name, one]);
    }
  }
  return out.finish();
}

const text: Write = (out, field, value) => out.text(field, String(value));
const flag: Write = (out, field, value) => out.flag(field, value === true);
const double: Write = (out, field, value) => out.double(field, Number(value));
const integer: Write = (out, field, value) => out.integer(field, Number(value));
/** Any value, as YAML: JSON is. */
const any: Write = (out, field, value) =>
  wrapped(2, text)(out, field, JSON.stringify(value));

/** A message of these fields. */
function message(fields: Fields): Write {
  return (out, field, value) => out.bytes(field, encode(fields, value as Json));
}

/** A message with one field. */
function wrapped(inner: number, write: Write): Write {
  return (out, field, value) => {
    const around = new MessageWriter();
    write(around, inner, value);
    out.bytes(field, around.finish());
  };
}

/** A repeated field; a single value counts as a list of one. */
function each(write: Write): Write {
  return (out, field, value) => {
    for (const one of Array.isArray(value) ? value : [value]) {
      write(out, field, one);
    }
  };
}

/** A name with its value. */
function entry(write: Write): Write {
  return (out, field, pair) => {
    const [name, value] = pair as [string, unknown];
    const around = new MessageWriter();
    around.text(1, name);
    write(around, 2, value);
    out.bytes(field, around.finish());
  };
}

/** A JSON object whose names are free: a message with one repeated field of entries. */
function named(write: Write, inner = 1): Write {
  return (out, field, value) =>
    wrapped(inner, each(entry(write)))(
      out,
      field,
      Object.entries(value as Json),
    );
}

const schema: Write = (out, field, value) =>
  out.bytes(field, encode(SCHEMA, value as Json));

const schemaOrFlag: Write = (out, field, value) =>
  (typeof value === "boolean" ? wrapped(2, flag) : wrapped(1, schema))(
    out,
    field,
    value,
  );

const SCHEMA: Fields = {
  $ref: [1, text],
  format: [2, text],
  title: [3, text],
  description: [4, text],
  default: [5, any],
  multipleOf: [6, double],
  maximum: [7, double],
  exclusiveMaximum: [8, flag],
  minimum: [9, double],
  exclusiveMinimum: [10, flag],
  maxLength: [11, integer],
  minLength: [12, integer],
  pattern: [13, text],
  maxItems: [14, integer],
  minItems: [15, integer],
  uniqueItems: [16, flag],
  maxProperties: [17, integer],
  minProperties: [18, integer],
  required: [19, each(text)],
  enum: [20, each(any)],
  additionalProperties: [21, schemaOrFlag],
  type: [22, wrapped(1, each(text))],
  items: [23, wrapped(1, each(schema))],
  allOf: [24, each(schema)],
  properties: [25, named(schema)],
  readOnly: [27, flag],
  example: [30, any],
  "x-": [31, any],
};

const BODY: Fields = {
  description: [1, text],
  name: [2, text],
  in: [3, text],
  required: [4, flag],
  schema: [5, schema],
};

/** A parameter in the path or a header. */
const SIMPLE: Fields = {
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
  type: [5, text],
  format: [6, text],
  uniqueItems: [18, flag],
};

const QUERY: Fields = {
  ...SIMPLE,
  type: [6, text],
  format: [7, text],
  uniqueItems: [20, flag],
};

const parameter: Write = (out, field, value) => {
  const place = (value as Json)["in"];
  const write = place === "body"
    ? wrapped(1, message(BODY))
    : place === "query"
    ? wrapped(2, wrapped(3, message(QUERY)))
    : wrapped(2, wrapped(place === "path" ? 4 : 1, message(SIMPLE)));
  wrapped(1, write)(out, field, value);
};

const RESPONSE: Fields = {
  description: [1, text],
  schema: [2, wrapped(1, schema)],
};

const operation: Write = message({
  tags: [1, each(text)],
  summary: [2, text],
  description: [3, text],
  operationId: [5, text],
  produces: [6, each(text)],
  consumes: [7, each(text)],
  parameters: [8, each(parameter)],
  responses: [9, named(wrapped(1, message(RESPONSE)))],
  schemes: [10, each(text)],
  deprecated: [11, flag],
  "x-": [13, any],
});

const pathItem: Write = message({
  get: [2, operation],
  put: [3, operation],
  post: [4, operation],
  delete: [5, operation],
  options: [6, operation],
  head: [7, operation],
  patch: [8, operation],
  parameters: [9, each(parameter)],
  "x-": [10, any],
});

const apiKey: Write = message({
  type: [1, text],
  name: [2, text],
  in: [3, text],
  description: [4, text],
});

const DOCUMENT: Fields = {
  swagger: [1, text],
  info: [2, message({ title: [1, text], version: [2, text] })],
  paths: [8, named(pathItem, 2)],
  definitions: [9, named(schema)],
  security: [12, each(named(wrapped(1, each(text))))],
  securityDefinitions: [13, named(wrapped(2, apiKey))],
};

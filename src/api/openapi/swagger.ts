/**
 * OpenAPI v2 (Swagger), which older clients read: made of the documents of v3.
 *
 * @module
 */
import type { OpenApiSchema } from "../kind.ts";

type Json = Record<string, unknown>;

const V3_PREFIX = "#/components/schemas/";

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What v2 does not know, or means differently. */
const DROPPED: readonly string[] = ["nullable", "anyOf", "oneOf", "not"];

/** A schema in v2's words. */
function schemaV2(schema: unknown): unknown {
  if (!isObject(schema)) return schema;
  if (schema["format"] === "int-or-string" && schema["oneOf"] !== undefined) {
    const { oneOf: _oneOf, ...rest } = schema;
    return { ...rest, type: "string" };
  }
  const { allOf } = schema;
  const [only] = Array.isArray(allOf) ? allOf : [];
  if (isObject(only) && typeof only["$ref"] === "string") {
    const { description } = schema;
    return {
      ...(description === undefined ? {} : { description }),
      $ref: refV2(only["$ref"]),
    };
  }
  const out: Json = {};
  for (const [name, value] of Object.entries(schema)) {
    if (DROPPED.includes(name) || name === "allOf") continue;
    if (name === "$ref" && typeof value === "string") out[name] = refV2(value);
    else if (name === "properties" && isObject(value)) {
      out[name] = Object.fromEntries(
        Object.entries(value).map(([key, one]) => [key, schemaV2(one)]),
      );
    } else if (name === "items" || name === "additionalProperties") {
      out[name] = schemaV2(value);
    } else out[name] = value;
  }
  // A quantity is a string or a number.
  if (schema["oneOf"] !== undefined && out["type"] === undefined) {
    out["type"] = "string";
  }
  return out;
}

function refV2(ref: string): string {
  return ref.replace(V3_PREFIX, "#/definitions/");
}

function parameterV2(parameter: unknown): unknown {
  const { schema, ...rest } = parameter as Json;
  return { ...rest, ...(schema as Json) };
}

function contentTypes(content: unknown): string[] {
  return Object.keys((content ?? {}) as Json);
}

function schemaOfContent(content: unknown): unknown {
  const [first] = Object.values((content ?? {}) as Json);
  return schemaV2((first as Json | undefined)?.["schema"]);
}

function operationV2(operation: Json): Json {
  const { requestBody, responses, parameters, ...rest } = operation;
  const body = requestBody as Json | undefined;
  const produces = new Set<string>();
  const answers = Object.fromEntries(
    Object.entries(responses as Json).map(([code, answer]) => {
      const { description, content } = answer as Json;
      for (const type of contentTypes(content)) produces.add(type);
      const schema = schemaOfContent(content);
      return [code, {
        description,
        ...(schema === undefined ? {} : { schema }),
      }];
    }),
  );
  const all = [
    ...(body === undefined ? [] : [{
      name: "body",
      in: "body",
      ...(body["required"] === true ? { required: true } : {}),
      schema: schemaOfContent(body["content"]),
    }]),
    ...((parameters ?? []) as unknown[]).map(parameterV2),
  ];
  return {
    ...rest,
    consumes: body === undefined ? ["*/*"] : contentTypes(body["content"]),
    produces: [...produces],
    schemes: ["https"],
    ...(all.length === 0 ? {} : { parameters: all }),
    responses: answers,
  };
}

function pathV2(item: Json): Json {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      name === "parameters"
        ? (value as unknown[]).map(parameterV2)
        : operationV2(value as Json),
    ]),
  );
}

/** One document of v2 from all of v3. What several of them have is taken once, with the kinds of all. */
export function swaggerDocument(
  documents: Iterable<OpenApiSchema>,
): OpenApiSchema {
  const definitions: Json = {};
  const paths: Json = {};
  for (const document of documents) {
    const components = document["components"] as { schemas: Json };
    for (const [name, schema] of Object.entries(components.schemas)) {
      const next = schemaV2(schema) as Json;
      const known = definitions[name] as Json | undefined;
      definitions[name] = known === undefined ? next : joinKinds(known, next);
    }
    for (const [path, item] of Object.entries(document["paths"] as Json)) {
      paths[path] = pathV2(item as Json);
    }
  }
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version: "v1.36.0" },
    paths,
    definitions,
    securityDefinitions: {
      BearerToken: {
        description: "Bearer token",
        type: "apiKey",
        name: "authorization",
        in: "header",
      },
    },
    security: [{ BearerToken: [] }],
  };
}

const KINDS = "x-kubernetes-group-version-kind";

function joinKinds(known: Json, next: Json): Json {
  const both = [known, next].flatMap((one) => (one[KINDS] ?? []) as unknown[]);
  if (both.length === 0) return known;
  const texts = new Set(both.map((one) => JSON.stringify(one)));
  return { ...known, [KINDS]: [...texts].map((text) => JSON.parse(text)) };
}

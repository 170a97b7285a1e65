/**
 * OpenAPI v3 schemas from zod types, as Kubernetes publishes them.
 *
 * @module
 */
import type { OpenApiSchema } from "../kind.ts";
import { definitionOf, unwrap } from "./decode.ts";
import { type Facts, factsOf, type Field, type Format } from "./words.ts";

const FORMATS: Readonly<Record<Format, OpenApiSchema>> = {
  "quantity": { oneOf: [{ type: "string" }, { type: "number" }] },
  "time": { type: "string", format: "date-time" },
  "micro-time": { type: "string", format: "date-time" },
  "int-or-string": {
    format: "int-or-string",
    oneOf: [{ type: "integer" }, { type: "string" }],
  },
  "bytes": { type: "string", format: "byte" },
  "any": { type: "object" },
  "any-object": { type: "object" },
};

/** A reference to a component. */
export function refTo(component: string): OpenApiSchema {
  return { $ref: `#/components/schemas/${component}` };
}

function mapType({ atomic }: Facts): OpenApiSchema {
  return atomic === undefined
    ? {}
    : { "x-kubernetes-map-type": atomic ? "atomic" : "granular" };
}

function extensions(facts: Facts): OpenApiSchema {
  return {
    ...mapType(facts),
    ...(facts.keys === undefined
      ? {}
      : { "x-kubernetes-list-map-keys": facts.keys }),
    ...(facts.type === undefined
      ? {}
      : { "x-kubernetes-list-type": facts.type }),
    ...(facts.mergeKey === undefined
      ? {}
      : { "x-kubernetes-patch-merge-key": facts.mergeKey }),
    ...(facts.strategy === undefined
      ? {}
      : { "x-kubernetes-patch-strategy": facts.strategy }),
  };
}

/** The schema of a type itself; parts that are components are referred to. */
export function openapiOf(field: Field<unknown>): OpenApiSchema {
  const facts = factsOf(field);
  if (facts.format !== undefined) return FORMATS[facts.format];
  const inner = unwrap(field);
  const def = definitionOf(inner);
  switch (def.type) {
    case "optional":
      return openapiOf(def.innerType!);
    case "object":
      return objectSchema(def.shape!, facts);
    case "array":
      return {
        type: "array",
        items: part(def.element!),
        ...extensions({ ...factsOf(inner), ...facts }),
      };
    case "record":
      return {
        type: "object",
        additionalProperties: part(def.valueType!),
        ...extensions(facts),
      };
    case "boolean":
      return { type: "boolean" };
    case "number":
      return facts.go === "float64"
        ? { type: "number", format: "double" }
        : { type: "integer", format: facts.go };
    default:
      return { type: "string" };
  }
}

/** The component that a field's value is, if it is one. */
export function componentOf(field: Field<unknown>): string | undefined {
  const def = definitionOf(field);
  if (def.type === "optional") return componentOf(def.innerType!);
  return factsOf(field).component;
}

/** An element of a list or a value of a map. */
function part(field: Field<unknown>): OpenApiSchema {
  const component = componentOf(field);
  if (component === undefined) {
    const zero = zeroOf(field);
    return {
      ...openapiOf(field),
      ...(zero === undefined ? {} : { default: zero }),
    };
  }
  return factsOf(field).format === undefined
    ? { allOf: [refTo(component)], default: {} }
    : refTo(component);
}

/** The default that Go's zero value stands for, where Kubernetes publishes it. */
function zeroOf(field: Field<unknown>): unknown {
  switch (definitionOf(unwrap(field)).type) {
    case "string":
      return factsOf(field).format === undefined ? "" : undefined;
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      return undefined;
  }
}

function objectSchema(
  shape: Record<string, Field<unknown>>,
  facts: Facts,
): OpenApiSchema {
  const properties: Record<string, OpenApiSchema> = {};
  const required: string[] = [];
  for (const [name, field] of Object.entries(shape)) {
    const component = componentOf(field);
    const bare = definitionOf(field).type !== "optional";
    const isObject = definitionOf(unwrap(field)).type === "object";
    const said = factsOf(field);
    const zero = said.default ??
      (bare && !isObject ? zeroOf(field) : undefined);
    properties[name] = component === undefined
      ? {
        ...openapiOf(field),
        ...(zero === undefined ? {} : { default: zero }),
      }
      : {
        allOf: [refTo(component)],
        ...(bare && isObject ? { default: {} } : {}),
        ...patchFacts(field),
      };
    if (said.needed ?? (bare && !isObject)) {
      required.push(name);
    }
  }
  return {
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    properties,
    // Strategy and merge key belong to the field that holds the object.
    ...(facts.atomic === true ? { "x-kubernetes-map-type": "atomic" } : {}),
  };
}

/** Patch facts that belong to the field rather than to its type. */
function patchFacts(field: Field<unknown>): OpenApiSchema {
  const def = definitionOf(field);
  const said = factsOf(def.type === "optional" ? def.innerType! : field);
  return {
    ...(factsOf(field).atomic === false ? mapType({ atomic: false }) : {}),
    ...(said.strategy === undefined ? {} : extensions({
      strategy: said.strategy,
      ...(said.mergeKey === undefined ? {} : { mergeKey: said.mergeKey }),
    })),
  };
}

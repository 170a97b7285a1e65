/**
 * The parts of a custom resource that every Kubernetes object has: its metadata, and that of the objects that are embedded in it.
 *
 * @module
 */
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { type ObjectMeta, objectMeta } from "../meta.ts";
import { schemaOf } from "../schema.ts";
import type { Schema } from "../kind.ts";
import { validateMeta } from "../validation/meta.ts";
import { isDns1035Label, pathSegment } from "../validation/names.ts";
import { itemsOf, type JSONSchemaProps, valuesOf } from "./json_schema.ts";

type JsonObject = Record<string, unknown>;

const meta: Schema<ObjectMeta> = schemaOf(objectMeta);

/** Whether a schema has embedded objects, so that nothing needs to be walked when it has not. */
export function hasEmbedded(schema: JSONSchemaProps): boolean {
  if (schema["x-kubernetes-embedded-resource"] === true) return true;
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  return Object.values(schema.properties ?? {}).some(hasEmbedded) ||
    (items !== undefined && hasEmbedded(items)) ||
    (values !== undefined && hasEmbedded(values));
}

/** What {@linkcode decodeMetadata} found. */
export interface MetadataFindings {
  /** Paths of fields that metadata does not have. */
  readonly unknown: readonly string[];
  /** A wrong type, in the decoder's words. */
  readonly typeError?: string;
}

/** Decodes the `metadata` of an object, in place. @param path of the object, "" for the resource itself */
export function decodeMetadata(
  object: JsonObject,
  path = "",
): MetadataFindings {
  const value = object["metadata"];
  if (value === undefined) return { unknown: [] };
  if (value === null) {
    delete object["metadata"];
    return { unknown: [] };
  }
  const decoded = meta.decode(value);
  if (decoded.object === undefined) {
    return { unknown: [], typeError: decoded.typeError ?? "it is malformed" };
  }
  object["metadata"] = decoded.object;
  const prefix = path === "" ? "metadata." : `${path}.metadata.`;
  return {
    unknown: decoded.unknownFields.map((text) =>
      text.replace(/^unknown field "(.*)"$/s, `$1`)
    ).map((field) => prefix + field),
  };
}

/** Decodes the metadata of all embedded objects, in place; the first wrong type ends it. */
export function decodeEmbedded(
  value: unknown,
  schema: JSONSchemaProps,
): MetadataFindings {
  const unknown: string[] = [];
  let typeError: string | undefined;
  eachEmbedded(value, schema, "", (object, path) => {
    for (const name of ["apiVersion", "kind"]) {
      if (name in object && typeof object[name] !== "string") {
        typeError ??= `${path}.${name}: Invalid value: ${
          JSON.stringify(object[name])
        }: must be a string`;
      }
    }
    const before = object["metadata"];
    const found = decodeMetadata(object, path);
    unknown.push(...found.unknown);
    if (found.typeError !== undefined) {
      typeError ??= `${path}.metadata: Invalid value: ${
        JSON.stringify(before)
      }: ${found.typeError}`;
    }
  });
  return { unknown, ...(typeError === undefined ? {} : { typeError }) };
}

/** The rules for embedded objects. @param field where the value lies; "" for a whole resource */
export function validateEmbedded(
  value: unknown,
  schema: JSONSchemaProps,
  field = "",
): FieldError[] {
  const found: FieldError[] = [];
  eachEmbedded(value, schema, field, (object, path) => {
    const at = (name: string) => `${path}.${name}`;
    const { apiVersion, kind, metadata } = object;
    if (apiVersion === undefined) found.push(required(at("apiVersion")));
    if (kind === undefined) found.push(required(at("kind")));
    if (apiVersion === "") {
      found.push(invalidValue(at("apiVersion"), "", "must not be empty"));
    } else if (
      typeof apiVersion === "string" && apiVersion.split("/").length > 2
    ) {
      found.push(
        invalidValue(
          at("apiVersion"),
          apiVersion,
          `unexpected GroupVersion string: ${apiVersion}`,
        ),
      );
    }
    if (kind === "") {
      found.push(invalidValue(at("kind"), "", "must not be empty"));
    } else if (typeof kind === "string") {
      const wrong = isDns1035Label(kind.toLowerCase());
      if (wrong.length > 0) {
        found.push(
          invalidValue(
            at("kind"),
            kind,
            `may have mixed case, but should otherwise match: ${
              wrong.join(",")
            }`,
          ),
        );
      }
    }
    if (typeof metadata !== "object" || metadata === null) return;
    const own: ObjectMeta = metadata;
    found.push(
      ...validateMeta({ ...own, name: own.name || "fakename" }, {
        namespaced: (own.namespace ?? "") !== "",
        rule: pathSegment,
        field: at("metadata"),
      }),
    );
  });
  return found;
}

function eachEmbedded(
  value: unknown,
  schema: JSONSchemaProps | undefined,
  path: string,
  visit: (object: JsonObject, path: string) => void,
): void {
  if (schema === undefined || typeof value !== "object" || value === null) {
    return;
  }
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    value.forEach((item, i) =>
      eachEmbedded(item, items, `${path}[${i}]`, visit)
    );
    return;
  }
  const object = value as JsonObject;
  if (path !== "" && schema["x-kubernetes-embedded-resource"] === true) {
    visit(object, path);
  }
  const values = valuesOf(schema);
  for (const [key, one] of Object.entries(object)) {
    const property = schema.properties !== undefined &&
        Object.hasOwn(schema.properties, key)
      ? schema.properties[key]
      : undefined;
    if (property !== undefined) {
      eachEmbedded(one, property, path === "" ? key : `${path}.${key}`, visit);
    } else eachEmbedded(one, values, `${path}[${key}]`, visit);
  }
}

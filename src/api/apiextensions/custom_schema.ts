/**
 * Reads objects of a custom kind by its structural schema.
 *
 * @module
 */
import type { KubeObject, OpenApiSchema, Schema } from "../kind.ts";
import type { Shape } from "../shape.ts";
import { hasDefaults, setDefaults } from "./default.ts";
import { decodeEmbedded, decodeMetadata, hasEmbedded } from "./embedded.ts";
import type { JSONSchemaProps } from "./json_schema.ts";
import { prune } from "./prune.ts";
import { publishedSchema } from "./published_schema.ts";
import { shapeOfResource } from "./schema_shape.ts";

/** The schema of one version of a custom kind. */
export class CustomSchema implements Schema<KubeObject> {
  /** What the definition says. */
  readonly props: JSONSchemaProps;
  /** Name of the type in OpenAPI. */
  readonly component: string;
  readonly #embeds: boolean;
  readonly #hasDefaults: boolean;
  #shape: Shape | undefined;

  /** @param component name of the type in OpenAPI */
  constructor(props: JSONSchemaProps, component: string) {
    this.props = props;
    this.component = component;
    this.#embeds = hasEmbedded(props);
    this.#hasDefaults = hasDefaults(props);
  }

  get shape(): Shape {
    return this.#shape ??= shapeOfResource(this.props);
  }

  decode(value: unknown): {
    object?: KubeObject;
    unknownFields: readonly string[];
    typeError?: string;
  } {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return {
        unknownFields: [],
        typeError: `json: cannot unmarshal ${
          Array.isArray(value) ? "array" : typeof value
        } into Go value of type map[string]interface {}`,
      };
    }
    const { apiVersion, kind, metadata, ...rest } = value as Record<
      string,
      unknown
    >;
    // Metadata comes early in the text, where it is looked for.
    const { object, unknown } = prune(
      { apiVersion, kind, metadata: metadata ?? {}, ...rest },
      this.props,
    );
    const own = decodeMetadata(object);
    const inner = this.#embeds
      ? decodeEmbedded(object, this.props)
      : { unknown: [] };
    const typeError = own.typeError ?? inner.typeError;
    const unknownFields = [...unknown, ...own.unknown, ...inner.unknown]
      .map((field) => `unknown field "${field}"`);
    return typeError === undefined
      ? { object: object as unknown as KubeObject, unknownFields }
      : { unknownFields, typeError };
  }

  empty(): KubeObject {
    return { metadata: {} };
  }

  /** Fills in the schema's defaults, and drops `null` where it stands for nothing. */
  setDefaults(object: KubeObject): void {
    // Even without defaults, a null must not stay where none is allowed.
    if (this.#hasDefaults || JSON.stringify(object).includes("null")) {
      setDefaults(object, this.props);
    }
  }

  openapi(): OpenApiSchema {
    return publishedSchema(this.props);
  }
}

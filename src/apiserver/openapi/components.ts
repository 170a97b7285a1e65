/**
 * The schemas of an OpenAPI document: every type that can be reached from the kinds, by Kubernetes' names.
 *
 * @module
 */
import type { OpenApiSchema } from "../../api/kind.ts";
import { definitionOf, unwrap } from "../../api/schema/decode.ts";
import { openapiOf } from "../../api/schema/openapi.ts";
import { factsOf, type Field } from "../../api/schema/words.ts";

/** Collects schemas by component name. */
export class Components {
  readonly schemas: Record<string, OpenApiSchema> = {};

  /** Adds a type and all that it refers to. @returns the component's name; undefined when the type has none */
  add(field: Field<unknown>): string | undefined {
    const { component } = factsOf(field);
    if (component !== undefined) {
      if (Object.hasOwn(this.schemas, component)) return component;
      // The place is taken first: types may contain themselves.
      this.schemas[component] = {};
      this.schemas[component] = openapiOf(field);
    }
    const { shape, element, valueType, innerType } = definitionOf(
      unwrap(field),
    );
    const parts = [
      ...Object.values(shape ?? {}),
      element,
      valueType,
      innerType,
    ];
    for (const part of parts) if (part !== undefined) this.add(part);
    return component;
  }

  /** Says which kind a component is the schema of. */
  setKind(
    component: string,
    kind: { group: string; version: string; kind: string },
  ): void {
    const schema = this.schemas[component];
    if (schema === undefined) return;
    this.schemas[component] = {
      ...schema,
      "x-kubernetes-group-version-kind": [kind],
    };
  }
}

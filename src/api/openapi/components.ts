/**
 * The components of an OpenAPI document: every type that a set of kinds is made of.
 *
 * @module
 */
import { deleteOptions } from "../delete_options.ts";
import type { OpenApiSchema } from "../kind.ts";
import { listMeta, objectMeta } from "../meta.ts";
import { type AnyKind, groupVersion } from "../registry.ts";
import { definitionOf, unwrap } from "../schema/decode.ts";
import { openapiOf, refTo } from "../schema/openapi.ts";
import {
  anyValue,
  bool,
  factsOf,
  type Field,
  list,
  object,
  optional,
  str,
  typeMeta,
} from "../schema/words.ts";
import { status } from "../status_object.ts";
import type { DescriptionOf } from "./descriptions.ts";
import { withEnum } from "./enums.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** Body of a patch, whatever its form. */
export const PATCH_COMPONENT = `${META}.Patch`;
/** Options of a delete. */
export const DELETE_OPTIONS_COMPONENT = `${META}.DeleteOptions`;
/** Answer to a delete. */
export const STATUS_COMPONENT = `${META}.Status`;

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The component of a kind's objects. */
export function componentOfKind(kind: AnyKind): string {
  const { type, component } = kind.schema;
  return component ??
    (type === undefined ? undefined : factsOf(type).component) ??
    `${kind.group}.${kind.version}.${kind.kind}`;
}

/** The component of a kind's lists. */
export function componentOfList(kind: AnyKind): string {
  return componentOfKind(kind).replace(/[^.]+$/, kind.listKind);
}

function listType(kind: AnyKind, type: Field<unknown>): Field<unknown> {
  return object<unknown>(componentOfList(kind), () => ({
    ...typeMeta,
    metadata: listMeta,
    items: list(type),
  } as never));
}

/** Stands for objects of a kind that is not made of words, for what is common to all lists. */
const anyResource = object<Record<string, unknown>>(
  "any",
  () => ({ ...typeMeta, metadata: objectMeta } as never),
);

const watchEvent = object<{ type: string; object: Record<string, unknown> }>(
  `${META}.WatchEvent`,
  () => ({ type: str, object: anyValue as Field<Record<string, unknown>> }),
);

const apiResource = object<Record<string, unknown>>(
  `${META}.APIResource`,
  () => ({
    name: str,
    singularName: str,
    namespaced: bool,
    group: optional(str),
    version: optional(str),
    kind: str,
    verbs: list(str),
    shortNames: optional(list(str, { type: "atomic" })),
    categories: optional(list(str, { type: "atomic" })),
    storageVersionHash: optional(str),
  } as never),
);

const apiResourceList = object<Record<string, unknown>>(
  `${META}.APIResourceList`,
  () => ({
    ...typeMeta,
    groupVersion: str,
    resources: list(apiResource, { type: "atomic" }),
  } as never),
);

const microOrTime = new Set(["time", "micro-time"]);

/** Collects components by walking types. */
class Components {
  readonly schemas: Record<string, OpenApiSchema> = {};
  readonly #describe: DescriptionOf;

  constructor(describe: DescriptionOf) {
    this.#describe = describe;
  }

  add(field: Field<unknown>, kinds: readonly GroupVersionKind[] = []): void {
    const facts = factsOf(field);
    const def = definitionOf(unwrap(field));
    if (facts.component !== undefined) {
      if (this.schemas[facts.component] !== undefined) return;
      this.schemas[facts.component] = {
        ...this.#described(facts.component, openapiOf(field), def.shape),
        ...(kinds.length === 0
          ? {}
          : { "x-kubernetes-group-version-kind": kinds }),
      };
      if (facts.format !== undefined && !microOrTime.has(facts.format)) return;
    }
    if (def.type === "object") {
      for (const part of Object.values(def.shape!)) this.add(part);
    } else if (def.type === "array") this.add(def.element!);
    else if (def.type === "record") this.add(def.valueType!);
    else if (def.type === "optional") this.add(def.innerType!);
  }

  /** Objects of a kind whose schema is JSON already. */
  addCustom(kind: AnyKind, kinds: readonly GroupVersionKind[]): void {
    this.add(objectMeta);
    this.schemas[componentOfKind(kind)] = {
      ...kind.schema.openapi(),
      "x-kubernetes-group-version-kind": kinds,
    };
  }

  /** Their lists. */
  addCustomList(kind: AnyKind, kinds: readonly GroupVersionKind[]): void {
    this.add(listMeta);
    const { properties, required: _required, ...rest } = openapiOf(
      listType(kind, anyResource),
    );
    this.schemas[componentOfList(kind)] = {
      description: `A list of objects of kind ${kind.kind}.`,
      ...rest,
      required: ["items"],
      properties: {
        ...properties as OpenApiSchema,
        items: {
          description: "The objects.",
          type: "array",
          items: refTo(componentOfKind(kind)),
        },
      },
      "x-kubernetes-group-version-kind": kinds,
    };
  }

  #described(
    component: string,
    schema: OpenApiSchema,
    shape: Readonly<Record<string, Field<unknown>>> = {},
  ): OpenApiSchema {
    const description = this.#describe(component);
    const properties = schema["properties"] as
      | Record<string, OpenApiSchema>
      | undefined;
    return {
      ...(description === undefined ? {} : { description }),
      ...schema,
      ...(properties === undefined ? {} : {
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, plain]) => {
            const property = shape[name] === undefined
              ? plain
              : withEnum(plain, component, shape[name]);
            const text = this.#describe(component, name);
            return [
              name,
              text === undefined
                ? property
                : { description: text, ...property },
            ];
          }),
        ),
      }),
    };
  }
}

/** All components that these kinds (of one group and version) need. */
export function componentsOf(
  kinds: readonly AnyKind[],
  describe: DescriptionOf,
): Record<string, OpenApiSchema> {
  const components = new Components(describe);
  const own = (kind: string): GroupVersionKind[] => {
    const first = kinds[0];
    return first === undefined || groupVersion(first) === "v1"
      ? [{ group: "", version: "v1", kind }]
      : [
        { group: "", version: "v1", kind },
        { group: first.group, version: first.version, kind },
      ];
  };
  for (const kind of kinds) {
    const { group, version } = kind;
    const { type } = kind.schema;
    const own = [{ group, version, kind: kind.kind }];
    if (type === undefined) components.addCustom(kind, own);
    else components.add(type, own);
    if (!kind.verbs.includes("list")) continue;
    const ofList = [{ group, version, kind: kind.listKind }];
    if (type === undefined) components.addCustomList(kind, ofList);
    else components.add(listType(kind, type), ofList);
  }
  components.add(deleteOptions, own("DeleteOptions"));
  components.add(watchEvent, own("WatchEvent"));
  components.add(status, [{ group: "", version: "v1", kind: "Status" }]);
  components.add(apiResourceList, [
    { group: "", version: "v1", kind: "APIResourceList" },
  ]);
  components.schemas[PATCH_COMPONENT] = {
    description: "Body of a PATCH, in one of the patch formats",
    type: "object",
  };
  return components.schemas;
}

/** A type of its own that some path of a kind takes or answers, with what it is made of. */
export function addComponent(
  schemas: Record<string, OpenApiSchema>,
  type: Field<unknown>,
  { describe, kind }: { describe: DescriptionOf; kind: GroupVersionKind },
): string {
  const components = new Components(describe);
  components.add(type, [kind]);
  for (const [name, schema] of Object.entries(components.schemas)) {
    schemas[name] ??= schema;
  }
  return factsOf(type).component!;
}

/** A JSON body of a component's type. */
export function contentOf(
  component: string,
  mediaTypes: readonly string[],
): OpenApiSchema {
  return Object.fromEntries(
    mediaTypes.map((type) => [type, { schema: refTo(component) }]),
  );
}

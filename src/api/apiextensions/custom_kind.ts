/**
 * Makes a kind of a version of a CustomResourceDefinition.
 *
 * @module
 */
import { ALL_VERBS } from "../define.ts";
import { sameJson } from "../equal.ts";
import { findAll, parseJsonPath } from "../json_path.ts";
import type { FieldError, Kind, KubeObject, StoredForm } from "../kind.ts";
import { forbidden } from "../status.ts";
import { validateMeta, validateMetaUpdate } from "../validation/meta.ts";
import { dnsSubdomain } from "../validation/names.ts";
import { customColumns } from "./custom_columns.ts";
import {
  type CustomResourceDefinition,
  hasCondition,
} from "./custom_resource_definition.ts";
import type {
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
} from "./custom_resource_definition_spec.ts";
import { scaleFields, validateScale } from "./custom_scale.ts";
import { CustomSchema } from "./custom_schema.ts";
import { hasEmbedded, validateEmbedded } from "./embedded.ts";
import { finalizerWarnings } from "./finalizer_warnings.ts";
import { hasListTypes, validateListTypes } from "./list_types.ts";
import { validateValue } from "./validate_value.ts";
import { deprecationOf } from "./version_order.ts";

type Fields = Record<string, unknown>;

/** A kind of a definition. */
export interface CustomKind extends Kind {
  readonly schema: CustomSchema;
}

/** Where the objects of a definition lie; the whole group keeps it apart from all built-in kinds. */
export function customStoragePrefix(
  { spec }: CustomResourceDefinition,
): string {
  return `${spec.group}/${spec.names.plural}`;
}

/** The name of a version's type in OpenAPI: `com.example.stable.v1.CronTab`. */
function componentOf(
  { spec }: CustomResourceDefinition,
  version: string,
): string {
  const group = spec.group.split(".").reverse().join(".");
  return `${group}.${version}.${spec.names.kind}`;
}

/** Makes the schema of a version. */
export function customSchema(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): CustomSchema {
  return new CustomSchema(
    version.schema?.openAPIV3Schema ??
      { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    componentOf(definition, version.name),
  );
}

/**
 * Makes the kind of a version.
 *
 * @param options.names the names that were accepted
 */
export function customKind(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  options: {
    readonly names: CustomResourceDefinitionNames;
    readonly schema: CustomSchema;
    readonly stored: StoredForm<KubeObject>;
  },
): CustomKind {
  const { names, schema, stored } = options;
  const { spec } = definition;
  const { props } = schema;
  const scale = version.subresources?.scale;
  const hasStatus = version.subresources?.status !== undefined;
  const deprecation = deprecationOf(spec, version);
  const namespaced = spec.scope === "Namespaced";
  const lists = hasListTypes(props);
  const embeds = hasEmbedded(props);
  const paths = (version.selectableFields ?? []).map(({ jsonPath }) => ({
    name: jsonPath.replace(/^\./, ""),
    path: parseJsonPath(jsonPath),
  }));
  const rulesOfAll = (object: KubeObject): FieldError[] => [
    ...validateScale(object, scale),
    ...(embeds ? validateEmbedded(object, props) : []),
  ];
  const kind: CustomKind = {
    group: spec.group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    namespaced,
    listKind: names.listKind ?? `${names.kind}List`,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    storagePrefix: customStoragePrefix(definition),
    schema,
    stored,
    needsRevision: true,
    verbs: ALL_VERBS,
    subresources: [
      ...(hasStatus ? ["status"] : []),
      ...(scale === undefined ? [] : ["scale"]),
    ],
    fieldSelectors: paths.map(({ name }) => name),
    columns: customColumns(version.additionalPrinterColumns),
    setDefaults: (object) => schema.setDefaults(object),
    prepareForCreate(object) {
      if (hasCondition(definition, "Terminating")) {
        throw forbidden(
          kind,
          object.metadata.name ?? "",
          "create not allowed while custom resource definition is terminating",
        );
      }
      if (hasStatus) delete (object as unknown as Fields)["status"];
      object.metadata.generation = 1;
    },
    prepareForUpdate(next, previous) {
      if (hasStatus) restore(next, previous, "status");
      const before = previous.metadata.generation ?? 1;
      next.metadata.generation = sameButMetadata(next, previous)
        ? before
        : before + 1;
    },
    validate: (object) => [
      ...validateMeta(object.metadata, { namespaced, rule: dnsSubdomain }),
      // An object that exists is judged by its change; see validateUpdate.
      ...(object.metadata.resourceVersion === undefined
        ? [
          ...validateValue(object, props),
          ...rulesOfAll(object),
          ...(lists ? validateListTypes(object, props) : []),
        ]
        : []),
    ],
    validateUpdate: (next, previous) => [
      ...validateMetaUpdate(next.metadata, previous.metadata),
      ...validateValue(next, props, { previous }),
      ...rulesOfAll(next),
      ...(lists ? newListErrors(next, previous, schema) : []),
    ],
    ...(hasStatus
      ? {
        prepareForStatusUpdate(next, previous) {
          for (const name of namesOf(next, previous)) {
            if (name !== "status" && name !== "metadata") {
              restore(next, previous, name);
            }
          }
          const { managedFields, resourceVersion } = next.metadata;
          next.metadata = {
            ...previous.metadata,
            ...(resourceVersion === undefined ? {} : { resourceVersion }),
          };
          if (managedFields === undefined) delete next.metadata.managedFields;
          else next.metadata.managedFields = managedFields;
        },
        validateStatusUpdate: (next, previous) => [
          ...validateMetaUpdate(next.metadata, previous.metadata),
          ...validateStatus(next, previous, schema),
          ...validateScale(next, scale, { statusOnly: true }),
          ...(lists ? newListErrors(next, previous, schema) : []),
        ],
      } satisfies Partial<Kind>
      : {}),
    warnings: finalizerWarnings,
    ...(deprecation === undefined ? {} : { deprecation }),
    ...(paths.length === 0 ? {} : {
      selectableFields: (object) =>
        Object.fromEntries(
          paths.map(({ name, path }) => [
            name,
            String(findAll(object, path)[0] ?? ""),
          ]),
        ),
    }),
    ...(scale === undefined ? {} : { scale: scaleFields(scale) }),
  };
  return kind;
}

function restore(next: KubeObject, previous: KubeObject, name: string): void {
  const [target, source] = [next, previous] as unknown as [Fields, Fields];
  if (source[name] === undefined) delete target[name];
  else target[name] = source[name];
}

function namesOf(...objects: KubeObject[]): ReadonlySet<string> {
  return new Set(objects.flatMap((object) => Object.keys(object)));
}

function sameButMetadata(a: KubeObject, b: KubeObject): boolean {
  return sameJson({ ...a, metadata: null }, { ...b, metadata: null });
}

/** Findings in lists, unless the object had some before. */
function newListErrors(
  next: KubeObject,
  previous: KubeObject,
  { props }: CustomSchema,
): FieldError[] {
  const found = validateListTypes(next, props);
  return found.length > 0 && validateListTypes(previous, props).length > 0
    ? []
    : found;
}

function validateStatus(
  next: KubeObject,
  previous: KubeObject,
  { props }: CustomSchema,
): FieldError[] {
  const schema = props.properties?.["status"];
  const [status, before] = [next, previous].map((object) =>
    (object as unknown as Fields)["status"]
  );
  if (schema === undefined || status === undefined) return [];
  return validateValue(status, schema, { field: "status", previous: before });
}

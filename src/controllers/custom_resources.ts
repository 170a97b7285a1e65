/**
 * The resources that CustomResourceDefinitions add to those that the server is made with.
 *
 * @module
 */
import {
  type CustomResourceDefinition,
  customResourceDefinitions,
  hasCondition,
} from "../api/apiextensions/custom_resource_definition.ts";
import { ALL_VERBS } from "../api/define.ts";
import type { Resource, Verb } from "../api/kind.ts";
import { groupVersion } from "../api/registry.ts";
import type { Informer } from "../client/client.ts";
import type { Manager } from "../loop/manager.ts";

/** The shared informer of the definitions. Their schemas, which are most of them, are not kept. */
export function definitionInformer(
  manager: Manager,
): Informer<CustomResourceDefinition> {
  return manager.informer<CustomResourceDefinition>(customResourceDefinitions, {
    transform: ({ spec, ...rest }) => ({
      ...rest,
      spec: {
        ...spec,
        versions: spec.versions.map(({ name, served, storage }) => ({
          name,
          served,
          storage,
        })),
      },
    }),
  });
}

/** A resource of a definition. All support all verbs. */
export interface CustomResource extends Resource {
  readonly verbs: readonly Verb[];
}

/** The resource of a definition in one served version: in that of the store, if it is served. Undefined when it is not served at all. */
export function resourceOf(
  definition: CustomResourceDefinition,
): CustomResource | undefined {
  if (!hasCondition(definition, "Established")) return undefined;
  const { group, names, scope, versions } = definition.spec;
  const served = versions.filter((version) => version.served);
  const version = served.find(({ storage }) => storage) ?? served[0];
  if (version === undefined) return undefined;
  return {
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    namespaced: scope === "Namespaced",
    verbs: ALL_VERBS,
  };
}

/** One resource for each definition that is served. */
export function customResources(
  definitions: Informer<CustomResourceDefinition>,
): readonly CustomResource[] {
  return definitions.list().flatMap((definition) =>
    resourceOf(definition) ?? []
  );
}

/** The resource of an owner reference, whichever version it names. */
export function customResourceOf(
  definitions: Informer<CustomResourceDefinition>,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): CustomResource | undefined {
  for (const definition of definitions.list()) {
    const resource = resourceOf(definition);
    if (resource?.kind !== kind) continue;
    const { group, versions } = definition.spec;
    const named = versions.some(({ name, served }) =>
      served && groupVersion({ group, version: name }) === apiVersion
    );
    if (named) return resource;
  }
  return undefined;
}

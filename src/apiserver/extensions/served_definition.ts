/**
 * The kinds of one CustomResourceDefinition, as long as it is served.
 *
 * @module
 */
import {
  type CustomKind,
  customKind,
  customSchema,
  customStoragePrefix,
} from "../../api/apiextensions/custom_kind.ts";
import {
  type CustomResourceDefinition,
  hasCondition,
} from "../../api/apiextensions/custom_resource_definition.ts";
import { storageVersion } from "../../api/apiextensions/custom_resource_definition_spec.ts";
import { sameJson } from "../../api/equal.ts";
import type { ApiServer } from "../call.ts";
import { renaming } from "./converter.ts";
import {
  CustomForm,
  type CustomVersions,
  type VersionSchema,
} from "./custom_form.ts";
import { WebhookConverter } from "./webhook_converter.ts";

/** The kinds of a definition. */
export class ServedDefinition {
  #kinds: readonly CustomKind[] = [];
  #definition: CustomResourceDefinition | undefined;
  #versions: CustomVersions | undefined;

  /** Brings the kinds in line with the definition. Watches of kinds that became others are ended: their clients resume. */
  update(api: ApiServer, definition: CustomResourceDefinition): void {
    const before = this.#definition;
    const names = definition.status?.acceptedNames ?? definition.spec.names;
    const same = before !== undefined &&
      sameJson(before.spec, definition.spec) &&
      sameJson(before.status?.acceptedNames, names);
    const ending = hasCondition(definition, "Terminating");
    if (same && ending === hasCondition(before, "Terminating")) return;
    const old = this.#kinds;
    this.#definition = definition;
    if (!same) this.#versions = this.#versionsOf(api, definition);
    const { group, versions } = definition.spec;
    this.#kinds = versions.filter(({ served }) => served).map((version) => {
      const apiVersion = `${group}/${version.name}`;
      return customKind(definition, version, {
        names,
        schema: this.#versions!.schemas.get(apiVersion)!.schema,
        stored: new CustomForm(apiVersion, () => this.#versions!),
      });
    });
    for (const kind of old) api.registry.remove(kind);
    for (const kind of this.#kinds) api.registry.add(kind);
    if (!same && before !== undefined) {
      api.watches.endOf(customStoragePrefix(definition));
    }
  }

  /** Takes all kinds away. */
  remove(api: ApiServer): void {
    for (const kind of this.#kinds) api.registry.remove(kind);
    if (this.#definition !== undefined) {
      api.watches.endOf(customStoragePrefix(this.#definition));
    }
  }

  #versionsOf(
    api: ApiServer,
    definition: CustomResourceDefinition,
  ): CustomVersions {
    const { spec, metadata } = definition;
    const known = this.#versions;
    // At a start nothing is known of rows that are older than the definition's last change.
    const since = known === undefined
      ? Number(metadata.resourceVersion ?? 0)
      : api.store.revision;
    const schemas = new Map<string, VersionSchema>();
    for (const version of spec.versions) {
      const apiVersion = `${spec.group}/${version.name}`;
      const old = known?.schemas.get(apiVersion);
      const schema = customSchema(definition, version);
      schemas.set(
        apiVersion,
        old !== undefined && sameJson(old.schema.props, schema.props)
          ? old
          : { schema, since },
      );
    }
    return {
      schemas,
      storage: `${spec.group}/${storageVersion(spec)!.name}`,
      converter: spec.conversion?.strategy === "Webhook"
        ? new WebhookConverter(api, definition)
        : renaming,
      form: `${metadata.uid ?? ""} ${metadata.generation ?? 0}`,
    };
  }
}

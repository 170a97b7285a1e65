/**
 * How the objects of a custom kind lie in the store and become what clients of one version see.
 *
 * ```text
 *   read: stored text → pruned and defaulted by the version that it is in → converted → pruned by the version that is asked for
 *   write: object → converted to the storage version
 * ```
 *
 * @module
 */
import type { CustomSchema } from "../../api/apiextensions/custom_schema.ts";
import type { KubeObject, StoredForm } from "../../api/kind.ts";
import type { Revision } from "../../store/store.ts";
import type { Converter } from "./converter.ts";

/** The schema of one version, and since when. */
export interface VersionSchema {
  readonly schema: CustomSchema;
  /** Rows of this version that were written after this revision are as the schema wants them. */
  readonly since: Revision;
}

/** What all versions of a kind share. Replaced when the definition changes. */
export interface CustomVersions {
  /** By `apiVersion`. */
  readonly schemas: ReadonlyMap<string, VersionSchema>;
  /** The `apiVersion` that objects are stored in. */
  readonly storage: string;
  readonly converter: Converter;
  /** Tells this state from others. */
  readonly form: string;
}

/** The stored form of one version. */
export class CustomForm implements StoredForm<KubeObject> {
  readonly #apiVersion: string;
  readonly #versions: () => CustomVersions;
  /** How the text of an object of this version begins, if nothing is to be done to it. */
  readonly #head: string;

  /** @param versions the newest state: a write that is under way when the definition changes is stored by the new one */
  constructor(apiVersion: string, versions: () => CustomVersions) {
    this.#apiVersion = apiVersion;
    this.#versions = versions;
    this.#head = `{"apiVersion":${JSON.stringify(apiVersion)},`;
  }

  get form(): string {
    return `${this.#apiVersion} ${this.#versions().form}`;
  }

  read(text: string): KubeObject {
    const object: KubeObject = JSON.parse(text);
    return this.#isFresh(text) ? object : this.of(object);
  }

  of(object: KubeObject): KubeObject {
    const conformed = this.#conform(object);
    if (conformed.apiVersion === this.#apiVersion) return conformed;
    const { converter, schemas } = this.#versions();
    const converted = converter.convert(conformed, this.#apiVersion);
    const schema = schemas.get(this.#apiVersion)?.schema;
    return schema?.decode(converted).object ?? converted;
  }

  write(object: KubeObject): KubeObject {
    const { storage, converter, schemas } = this.#versions();
    if (object.apiVersion === storage) return object;
    const converted = converter.convert(object, storage);
    const schema = schemas.get(storage)?.schema;
    return schema?.decode(converted).object ?? converted;
  }

  show(text: string): string {
    return this.#isFresh(text) ? text : JSON.stringify(this.read(text));
  }

  prepare(texts: readonly string[]): Promise<void> | undefined {
    const foreign = texts.filter((text) => !text.startsWith(this.#head))
      .map((text) => this.#conform(JSON.parse(text)));
    return foreign.length === 0
      ? undefined
      : this.#versions().converter.prepare(foreign, this.#apiVersion);
  }

  /** The object by the newest schema of the version that it is in. */
  #conform(object: KubeObject): KubeObject {
    const { schemas } = this.#versions();
    const schema = schemas.get(object.apiVersion ?? "")?.schema;
    const conformed = schema?.decode(object).object;
    if (conformed === undefined) return object;
    schema!.setDefaults(conformed);
    return conformed;
  }

  /** Whether a text was written in this version by the schema of today. */
  #isFresh(text: string): boolean {
    if (!text.startsWith(this.#head)) return false;
    const revision = revisionOf(text);
    const since = this.#versions().schemas.get(this.#apiVersion)?.since;
    return since !== undefined && revision !== undefined && revision > since;
  }
}

const REVISION = '"resourceVersion":"';

/** The resource version in a text; undefined when it is not certain which of several it is. */
function revisionOf(text: string): Revision | undefined {
  const at = text.indexOf(REVISION);
  if (at < 0 || text.indexOf(REVISION, at + 1) >= 0) return undefined;
  const start = at + REVISION.length;
  return Number(text.slice(start, text.indexOf('"', start)));
}

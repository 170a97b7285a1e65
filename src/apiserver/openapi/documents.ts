/**
 * OpenAPI v3: one document for each group and version, and their index, as they are kept.
 *
 * @module
 */
import { gunzipSync, gzipSync } from "node:zlib";
import {
  contentHash,
  loadDescriptions,
  openapiDocument,
  openapiIndex,
  openapiPath,
} from "../../api/openapi.ts";
import type { Registry } from "../../api/registry.ts";

/** One document as it is kept: half a megabyte of JSON is 30 KiB so. */
export interface OpenApiDocument {
  readonly hash: string;
  readonly gzipped: Uint8Array<ArrayBuffer>;
}

/** The documents of a registry; made when they are first asked for. */
export class OpenApiDocuments {
  readonly #registry: Registry;
  readonly #documents = new Map<string, Promise<OpenApiDocument>>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** The body of `/openapi/v3`: where each document is, with its hash. */
  async index(): Promise<unknown> {
    const hashes: Record<string, string> = {};
    for (const path of new Set(this.#registry.all.map(openapiPath))) {
      const document = await this.document(path);
      if (document !== undefined) hashes[path] = document.hash;
    }
    return openapiIndex(hashes);
  }

  /** The document of `api/v1` or `apis/{group}/{version}`; undefined when there is none. */
  async document(path: string): Promise<OpenApiDocument | undefined> {
    const known = this.#documents.get(path);
    if (known !== undefined) return await known;
    if (!this.#registry.all.some((kind) => openapiPath(kind) === path)) {
      return undefined;
    }
    const made = this.#make(path);
    this.#documents.set(path, made);
    return await made;
  }

  async #make(path: string): Promise<OpenApiDocument> {
    const kinds = this.#registry.all.filter((kind) =>
      openapiPath(kind) === path
    );
    const describe = await loadDescriptions();
    const text = JSON.stringify(openapiDocument(kinds, describe));
    return {
      hash: contentHash(text),
      gzipped: new Uint8Array(gzipSync(text)),
    };
  }
}

/** The text of a document. */
export function documentText({ gzipped }: OpenApiDocument): string {
  return gunzipSync(gzipped).toString("utf-8");
}

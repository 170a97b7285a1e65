/**
 * OpenAPI v3: one document for each group and version, and their index, as they are kept; v2: one for all.
 *
 * @module
 */
import { gunzipSync, gzipSync } from "node:zlib";
import {
  byGroupVersion,
  contentHash,
  loadDescriptions,
  openapiDocument,
  openapiIndex,
  openapiPath,
} from "../../api/openapi.ts";
import { swaggerDocument } from "../../api/openapi/swagger.ts";
import type { AnyKind, Registry } from "../../api/registry.ts";

/** One document as it is kept: half a megabyte of JSON is 30 KiB so. */
export interface OpenApiDocument {
  readonly hash: string;
  readonly gzipped: Uint8Array<ArrayBuffer>;
}

/** OpenAPI v2 in both its forms. */
export interface SwaggerDocument {
  readonly json: OpenApiDocument;
  /** A message of gnostic's `Document`. */
  readonly protobuf: OpenApiDocument;
}

/** The documents of a registry; made when they are first asked for. */
export class OpenApiDocuments {
  readonly #registry: Registry;
  readonly #documents = new Map<
    string,
    { readonly kinds: readonly AnyKind[]; made: Promise<OpenApiDocument> }
  >();

  #swagger:
    | { readonly revision: number; readonly made: Promise<SwaggerDocument> }
    | undefined;

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
    const kinds = this.#registry.all.filter((kind) =>
      openapiPath(kind) === path
    );
    if (kinds.length === 0) {
      this.#documents.delete(path);
      return undefined;
    }
    const known = this.#documents.get(path);
    const same = known?.kinds.length === kinds.length &&
      known.kinds.every((kind, i) => kind === kinds[i]);
    if (known !== undefined && same) return await known.made;
    const made = this.#make(kinds);
    this.#documents.set(path, { kinds, made });
    return await made;
  }

  /** OpenAPI v2, of all kinds; made anew when they have changed. */
  async swagger(): Promise<SwaggerDocument> {
    const { revision } = this.#registry;
    if (this.#swagger?.revision !== revision) {
      this.#swagger = { revision, made: this.#makeSwagger() };
    }
    return await this.#swagger.made;
  }

  async #makeSwagger(): Promise<SwaggerDocument> {
    const describe = await loadDescriptions();
    const { swaggerProtobuf } = await import("./swagger_protobuf.ts");
    const groups = byGroupVersion(this.#registry.all).values();
    const document = swaggerDocument(
      groups.map((kinds) => openapiDocument(kinds, describe)),
    );
    const json = documentOf(document);
    return {
      json,
      protobuf: {
        hash: `${json.hash}PB`,
        gzipped: new Uint8Array(gzipSync(swaggerProtobuf(document))),
      },
    };
  }

  async #make(kinds: readonly AnyKind[]): Promise<OpenApiDocument> {
    const describe = await loadDescriptions();
    return documentOf(openapiDocument(kinds, describe));
  }
}

function documentOf(value: unknown): OpenApiDocument {
  const text = JSON.stringify(value);
  return { hash: contentHash(text), gzipped: new Uint8Array(gzipSync(text)) };
}

/** The bytes of a document. */
export function documentBytes(
  { gzipped }: OpenApiDocument,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gunzipSync(gzipped));
}

/**
 * OpenAPI v3: one document for each group and version, and their index.
 *
 * @module
 */
import { gunzipSync, gzipSync } from "node:zlib";
import type { Cryptography } from "../../base/host.ts";
import { encodeHex } from "../../base/bytes.ts";
import { listMeta } from "../../api/meta.ts";
import {
  type AnyKind,
  groupVersion,
  type Registry,
} from "../../api/registry.ts";
import { deleteOptions } from "../../api/delete_options.ts";
import { status } from "../../api/status_object.ts";
import { KUBERNETES_VERSION } from "../version_info.ts";
import { Components } from "./components.ts";
import { addPaths } from "./paths.ts";

/** One document as it is kept: half a megabyte of JSON is 30 KiB so. */
export interface OpenApiDocument {
  /** SHA-256 of the text, upper-case hexadecimal. */
  readonly hash: string;
  readonly gzipped: Uint8Array<ArrayBuffer>;
}

/** The documents of a registry; made when they are first asked for. */
export class OpenApiDocuments {
  readonly #registry: Registry;
  readonly #crypto: Cryptography;
  readonly #documents = new Map<string, OpenApiDocument>();

  constructor(registry: Registry, crypto: Cryptography) {
    this.#registry = registry;
    this.#crypto = crypto;
  }

  /** The body of `/openapi/v3`: where each document is, with its hash. */
  index(): unknown {
    const paths: Record<string, unknown> = {};
    const versions = new Set(this.#registry.all.map(pathOf));
    for (const path of versions) {
      const { hash } = this.document(path)!;
      paths[path] = {
        serverRelativeURL: `/openapi/v3/${path}?hash=${hash}`,
      };
    }
    return { paths };
  }

  /** The document of `api/v1` or `apis/{group}/{version}`; undefined when there is none. */
  document(path: string): OpenApiDocument | undefined {
    const known = this.#documents.get(path);
    if (known !== undefined) return known;
    const kinds = this.#registry.all.filter((kind) => pathOf(kind) === path);
    if (kinds.length === 0) return undefined;
    const text = JSON.stringify(makeDocument(kinds));
    const made = {
      hash: encodeHex(this.#crypto.sha256(text)).toUpperCase(),
      gzipped: new Uint8Array(gzipSync(text)),
    };
    this.#documents.set(path, made);
    return made;
  }
}

/** The text of a document. */
export function documentText({ gzipped }: OpenApiDocument): string {
  return gunzipSync(gzipped).toString("utf-8");
}

function pathOf(kind: AnyKind): string {
  return `${kind.group === "" ? "api" : "apis"}/${groupVersion(kind)}`;
}

function makeDocument(kinds: readonly AnyKind[]): unknown {
  const components = new Components();
  const paths: Record<string, Record<string, unknown>> = {};
  components.add(status);
  components.add(deleteOptions);
  components.add(listMeta);
  for (const kind of kinds) {
    const object = components.add(kind.schema.type);
    const { group, version } = kind;
    let list: string | undefined;
    if (object !== undefined) {
      components.setKind(object, { group, version, kind: kind.kind });
      list = addList(components, kind, object);
    }
    addPaths(paths, kind, { object, list });
  }
  const { major, minor, patch } = KUBERNETES_VERSION;
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: `v${major}.${minor}.${patch}` },
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        BearerToken: { type: "apiKey", name: "authorization", in: "header" },
      },
    },
  };
}

function addList(
  components: Components,
  kind: AnyKind,
  object: string,
): string | undefined {
  if (!kind.verbs.includes("list")) return undefined;
  const name = object.slice(0, object.lastIndexOf(".") + 1) + kind.listKind;
  components.schemas[name] = {
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: {
        allOf: [{
          $ref:
            "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta",
        }],
      },
      items: {
        type: "array",
        items: { $ref: `#/components/schemas/${object}` },
      },
    },
  };
  const { group, version, listKind } = kind;
  components.setKind(name, { group, version, kind: listKind });
  return name;
}

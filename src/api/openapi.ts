/**
 * OpenAPI v3 as kube-apiserver serves it: an index at `/openapi/v3` and one document for each group and version, which kubectl's create, apply and
 * explain read.
 *
 * @module
 */
import type { OpenApiSchema } from "./kind.ts";
import { addComponent, componentsOf } from "./openapi/components.ts";
import type { DescriptionOf } from "./openapi/descriptions.ts";
import { pathsOf } from "./openapi/operations.ts";
import { subresourcesOf } from "./openapi/subresources.ts";
import { type AnyKind, groupVersion } from "./registry.ts";

export {
  type DescriptionOf,
  loadDescriptions,
} from "./openapi/descriptions.ts";

/** Where a group and version live: `api/v1`, `apis/apps/v1`. */
export function openapiPath(
  kind: { readonly group: string; readonly version: string },
): string {
  return kind.group === ""
    ? `api/${kind.version}`
    : `apis/${groupVersion(kind)}`;
}

/**
 * The document of one group and version.
 *
 * @param kinds all kinds of that group and version
 * @param describe texts for people; see {@linkcode loadDescriptions}
 */
export function openapiDocument(
  kinds: readonly AnyKind[],
  describe: DescriptionOf = () => undefined,
): OpenApiSchema {
  const schemas = componentsOf(kinds, describe);
  const paths: Record<string, OpenApiSchema> = {};
  for (const kind of kinds) {
    for (const { speaks } of subresourcesOf(kind)) {
      if (speaks === undefined) continue;
      const { group, version, kind: name } = speaks;
      addComponent(schemas, speaks.schema.type!, {
        describe,
        kind: { group, version, kind: name },
      });
    }
    Object.assign(paths, pathsOf(kind, `/${openapiPath(kind)}`));
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.36.0" },
    paths,
    components: {
      schemas,
      securitySchemes: {
        BearerToken: {
          type: "apiKey",
          description: "Bearer token",
          name: "authorization",
          in: "header",
        },
      },
    },
  };
}

/** FNV-1a over the text, 64 bits, for cache keys: the same document always has the same. */
export function contentHash(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    hash ^= BigInt(text.charCodeAt(i));
    hash = (hash * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(16).toUpperCase().padStart(16, "0");
}

/**
 * The index of documents.
 *
 * @param documents hash of each document's text by its path (`api/v1`)
 */
export function openapiIndex(
  documents: Readonly<Record<string, string>>,
): OpenApiSchema {
  return {
    paths: Object.fromEntries(
      Object.entries(documents).map(([path, hash]) => [path, {
        serverRelativeURL: `/openapi/v3/${path}?hash=${hash}`,
      }]),
    ),
  };
}

/** Kinds by group and version, each with its path. */
export function byGroupVersion(
  kinds: readonly AnyKind[],
): Map<string, AnyKind[]> {
  const groups = new Map<string, AnyKind[]>();
  for (const kind of kinds) {
    const path = openapiPath(kind);
    const group = groups.get(path);
    if (group === undefined) groups.set(path, [kind]);
    else group.push(kind);
  }
  return groups;
}

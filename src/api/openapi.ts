/**
 * OpenAPI v3 as kube-apiserver serves it: an index at `/openapi/v3` and one document for each group and version, which kubectl's create, apply and
 * explain read.
 *
 * @module
 */
import { defineKind } from "./define.ts";
import type { OpenApiSchema } from "./kind.ts";
import { addComponent, componentsOf } from "./openapi/components.ts";
import type { DescriptionOf } from "./openapi/descriptions.ts";
import { pathsOf } from "./openapi/operations.ts";
import { type AnyKind, groupVersion } from "./registry.ts";
import { type Scale, scale } from "./autoscaling/scale.ts";

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

const scales: AnyKind = defineKind<Scale>({
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  plural: "scales",
  namespaced: true,
  type: scale,
});

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
  const scaled = kinds.some((kind) => kind.subresources.includes("scale"));
  const component = scaled
    ? addComponent(schemas, scale, {
      describe,
      kind: { group: "autoscaling", version: "v1", kind: "Scale" },
    })
    : "";
  for (const kind of kinds) {
    const root = `/${openapiPath(kind)}`;
    Object.assign(paths, pathsOf(kind, root, { kind: scales, component }));
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

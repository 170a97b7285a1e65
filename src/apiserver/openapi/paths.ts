/**
 * The paths of an OpenAPI document: what can be asked of each kind.
 *
 * @module
 */
import type { Verb } from "../../api/kind.ts";
import { type AnyKind, groupVersion } from "../../api/registry.ts";
import {
  subresourceHandlers,
  subresourceKind,
} from "../subresources/subresources.ts";

type Json = Record<string, unknown>;

/** The verbs of a kind as HTTP methods with Kubernetes' names for the actions. */
const COLLECTION: readonly [Verb, string, string][] = [
  ["list", "get", "list"],
  ["create", "post", "post"],
  ["deletecollection", "delete", "deletecollection"],
];
const OBJECT: readonly [Verb, string, string][] = [
  ["get", "get", "get"],
  ["update", "put", "put"],
  ["patch", "patch", "patch"],
  ["delete", "delete", "delete"],
];

const QUERY: Readonly<Record<string, readonly string[]>> = {
  get: [],
  list: [
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
  ],
  post: ["dryRun", "fieldManager", "fieldValidation"],
  put: ["dryRun", "fieldManager", "fieldValidation"],
  patch: ["dryRun", "fieldManager", "fieldValidation", "force"],
  delete: [
    "dryRun",
    "gracePeriodSeconds",
    "orphanDependents",
    "propagationPolicy",
  ],
  deletecollection: ["dryRun", "fieldSelector", "labelSelector"],
};

const TYPES: Readonly<Record<string, string>> = {
  allowWatchBookmarks: "boolean",
  force: "boolean",
  gracePeriodSeconds: "integer",
  limit: "integer",
  orphanDependents: "boolean",
  sendInitialEvents: "boolean",
  timeoutSeconds: "integer",
  watch: "boolean",
};

const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];

/** Names of components that paths refer to. */
export interface KindComponents {
  readonly object: string | undefined;
  readonly list: string | undefined;
}

/** Adds the paths of a kind. */
export function addPaths(
  paths: Record<string, Json>,
  kind: AnyKind,
  components: KindComponents,
): void {
  const root = `${kind.group === "" ? "/api" : "/apis"}/${groupVersion(kind)}`;
  const collection = kind.namespaced
    ? `${root}/namespaces/{namespace}/${kind.plural}`
    : `${root}/${kind.plural}`;
  const add = (path: string, operations: readonly [string, Json][]) => {
    if (operations.length === 0) return;
    paths[path] = {
      ...paths[path],
      ...Object.fromEntries(operations),
      parameters: pathParameters(path),
    };
  };
  const operations = (table: readonly [Verb, string, string][]) =>
    table.filter(([verb]) => kind.verbs.includes(verb))
      .map(([, method, action]): [string, Json] => [
        method,
        operation(kind, action, components),
      ]);
  add(collection, operations(COLLECTION));
  add(`${collection}/{name}`, operations(OBJECT));
  if (kind.namespaced) {
    const lists = COLLECTION.slice(0, 1);
    add(`${root}/${kind.plural}`, operations(lists));
  }
  for (const name of kind.subresources) {
    const handlers = subresourceHandlers(kind, name);
    if (handlers === undefined) continue;
    const shown = subresourceKind(kind, name);
    const own = shown === kind ? components : NO_COMPONENTS;
    add(
      `${collection}/{name}/${name}`,
      Object.keys(handlers).map((verb): [string, Json] => [
        METHODS[verb] ?? verb,
        operation(shown, METHODS[verb] ?? verb, own),
      ]),
    );
  }
}

const NO_COMPONENTS: KindComponents = { object: undefined, list: undefined };

const METHODS: Readonly<Record<string, string>> = {
  create: "post",
  update: "put",
};

function operation(
  kind: { group: string; version: string; kind: string },
  action: string,
  components: KindComponents,
): Json {
  const component = action === "list" ? components.list : components.object;
  const schema = component === undefined
    ? { type: "object" }
    : { $ref: `#/components/schemas/${component}` };
  return {
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": {
      group: kind.group,
      version: kind.version,
      kind: kind.kind,
    },
    parameters: (QUERY[action] ?? []).map((name) => ({
      name,
      in: "query",
      schema: { type: TYPES[name] ?? "string", uniqueItems: true },
    })),
    ...bodyOf(action, schema),
    responses: {
      "200": {
        description: "OK",
        content: { "application/json": { schema } },
      },
      "401": { description: "Unauthorized" },
    },
  };
}

function bodyOf(action: string, schema: Json): Json {
  if (action === "post" || action === "put") {
    return { requestBody: { content: { "*/*": { schema } }, required: true } };
  }
  if (action !== "patch") return {};
  return {
    requestBody: {
      content: Object.fromEntries(
        PATCH_TYPES.map((type) => [type, { schema: { type: "object" } }]),
      ),
      required: true,
    },
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", uniqueItems: true },
  }));
}

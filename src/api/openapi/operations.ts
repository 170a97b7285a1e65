/**
 * The paths of a kind in OpenAPI.
 *
 * @module
 */
import type { OpenApiSchema, Verb } from "../kind.ts";
import type { AnyKind } from "../registry.ts";
import { subresourcesOf } from "./subresources.ts";
import {
  componentOfKind,
  componentOfList,
  contentOf,
  DELETE_OPTIONS_COMPONENT,
  PATCH_COMPONENT,
  STATUS_COMPONENT,
} from "./components.ts";

const JSON_TYPES = ["application/json", "application/yaml"];
const LIST_TYPES = [...JSON_TYPES, "application/json;stream=watch"];
const PATCH_TYPES = [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];

function parameter(
  name: string,
  description: string,
  { type = "string", where = "query" }: {
    type?: "string" | "boolean" | "integer";
    where?: "query" | "path";
  } = {},
): OpenApiSchema {
  return {
    name,
    in: where,
    description,
    ...(where === "path" ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  };
}

const NAMESPACE = parameter("namespace", "The namespace of the objects", {
  where: "path",
});
const PRETTY = parameter(
  "pretty",
  "If 'true', the answer is indented",
);
const DRY_RUN = parameter(
  "dryRun",
  "'All': everything is checked, nothing is stored",
);
const FIELD_MANAGER = parameter(
  "fieldManager",
  "Who writes: at most 128 printable characters; needed for apply",
);
const FIELD_VALIDATION = parameter(
  "fieldValidation",
  "What happens to unknown and repeated fields: 'Ignore' drops them, 'Warn' drops them and warns, 'Strict' refuses the request",
);
const FORCE = parameter(
  "force",
  "Apply only: take over fields that others own",
  { type: "boolean" },
);
const WRITE = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
const LIST = [
  parameter(
    "allowWatchBookmarks",
    "Whether a watch may send BOOKMARK events",
    { type: "boolean" },
  ),
  parameter("continue", "Where the next page starts, from the last page"),
  parameter("fieldSelector", "Only objects whose fields match"),
  parameter("labelSelector", "Only objects whose labels match"),
  parameter("limit", "The most objects on one page", { type: "integer" }),
  parameter("resourceVersion", "Of which revision, or after which"),
  parameter(
    "resourceVersionMatch",
    "How resourceVersion is meant: 'Exact' or 'NotOlderThan'",
  ),
  parameter(
    "sendInitialEvents",
    "Whether a watch begins with the objects that are there",
    { type: "boolean" },
  ),
  parameter("timeoutSeconds", "How long a list or watch may last", {
    type: "integer",
  }),
  parameter("watch", "Follow the changes", { type: "boolean" }),
];
const DELETE = [
  DRY_RUN,
  parameter(
    "gracePeriodSeconds",
    "Seconds that the object may take to end; 0 is at once",
    { type: "integer" },
  ),
  parameter(
    "orphanDependents",
    "Deprecated: use propagationPolicy",
    { type: "boolean" },
  ),
  parameter(
    "propagationPolicy",
    "What happens to dependents: 'Orphan', 'Background' or 'Foreground'",
  ),
];

interface Operation {
  readonly verb: Verb;
  readonly action: string;
  readonly description: string;
  readonly parameters?: readonly OpenApiSchema[];
  readonly body?: { component: string; types: readonly string[] };
  readonly answer: { component: string; types?: readonly string[] };
  /** Further success codes with the same answer. */
  readonly codes?: readonly string[];
}

const title = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** The labels of a group that its operations and tags have: those of a group of Kubernetes before `k8s.io`, otherwise the whole group. */
function labelsOf(group: string): string[] {
  return group === "" ? ["core"] : group.replace(/\.k8s\.io$/, "").split(".");
}

function joined([first, ...others]: readonly string[]): string {
  return [first, ...others.map(title)].join("");
}

function operationId(kind: AnyKind, action: string, suffix: string): string {
  const [verb, what] = action === "deleteCollection"
    ? ["delete", "Collection"]
    : [action, ""];
  const group = title(joined(labelsOf(kind.group)));
  return `${verb}${group}${title(kind.version)}${what}${suffix}`;
}

function build(
  kind: AnyKind,
  operation: Operation,
  { suffix, speaks = kind }: { suffix: string; speaks?: AnyKind | undefined },
): OpenApiSchema {
  const { verb, action, description, parameters, body, answer } = operation;
  const { group, version } = speaks;
  const tag = joined(labelsOf(kind.group));
  const success = {
    description: "OK",
    content: contentOf(answer.component, answer.types ?? JSON_TYPES),
  };
  return {
    tags: [`${tag}_${kind.version}`],
    description,
    operationId: operationId(kind, action, suffix),
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined ? {} : {
      requestBody: {
        content: contentOf(body.component, body.types),
        ...(verb === "delete" || verb === "deletecollection"
          ? {}
          : { required: true }),
      },
    }),
    responses: {
      ...Object.fromEntries(
        ["200", ...operation.codes ?? []].map((code) => [code, success]),
      ),
      "401": { description: "Unauthorized" },
    },
    "x-kubernetes-action": verb === "create"
      ? "post"
      : verb === "update"
      ? "put"
      : verb,
    "x-kubernetes-group-version-kind": { group, version, kind: speaks.kind },
  };
}

const METHODS: Readonly<Record<Verb, string>> = {
  create: "post",
  get: "get",
  list: "get",
  watch: "get",
  update: "put",
  patch: "patch",
  delete: "delete",
  deletecollection: "delete",
};

function operations(kind: AnyKind, component: string): readonly Operation[] {
  const what = kind.kind;
  const any = { component, types: ["*/*"] };
  const options = { component: DELETE_OPTIONS_COMPONENT, types: ["*/*"] };
  return [
    {
      verb: "list",
      action: "list",
      description: `list or watch objects of kind ${what}`,
      parameters: LIST,
      answer: { component: componentOfList(kind), types: LIST_TYPES },
    },
    {
      verb: "create",
      action: "create",
      description: `create a ${what}`,
      parameters: WRITE,
      body: any,
      answer: { component },
      codes: ["201", "202"],
    },
    {
      verb: "deletecollection",
      action: "deleteCollection",
      description: `delete a collection of ${what}`,
      parameters: [...DELETE, ...LIST.filter((p) => p["name"] !== "watch")],
      body: options,
      answer: { component: STATUS_COMPONENT },
    },
    {
      verb: "get",
      action: "read",
      description: `read the specified ${what}`,
      answer: { component },
    },
    {
      verb: "update",
      action: "replace",
      description: `replace the specified ${what}`,
      parameters: WRITE,
      body: any,
      answer: { component },
      codes: ["201"],
    },
    {
      verb: "patch",
      action: "patch",
      description: `partially update the specified ${what}`,
      parameters: [...WRITE, FORCE],
      body: {
        component: PATCH_COMPONENT,
        // What is not made of words has no merge keys.
        types: kind.schema.type === undefined
          ? PATCH_TYPES.filter((type) => !type.includes("strategic"))
          : PATCH_TYPES,
      },
      answer: { component },
      codes: ["201"],
    },
    {
      verb: "delete",
      action: "delete",
      description: `delete a ${what}`,
      parameters: DELETE,
      body: options,
      answer: { component: STATUS_COMPONENT },
      codes: ["202"],
    },
  ];
}

function item(
  kind: AnyKind,
  options: {
    verbs: readonly Verb[];
    suffix: string;
    component: string;
    parameters: readonly OpenApiSchema[];
    /** The kind that a subresource speaks. @default the kind itself */
    speaks?: AnyKind | undefined;
  },
): OpenApiSchema {
  const { verbs, suffix, component, parameters, speaks } = options;
  const found = operations(kind, component).filter((o) =>
    verbs.includes(o.verb) && kind.verbs.includes(o.verb)
  );
  return {
    parameters: [...parameters, PRETTY],
    ...Object.fromEntries(
      found.map((o) => [METHODS[o.verb], build(kind, o, { suffix, speaks })]),
    ),
  };
}

/**
 * All paths of a kind below its group and version.
 *
 * @param root `/api/v1` or `/apis/apps/v1`
 */
export function pathsOf(
  kind: AnyKind,
  root: string,
): Record<string, OpenApiSchema> {
  const component = componentOfKind(kind);
  const name = parameter("name", `The name of the ${kind.kind}`, {
    where: "path",
  });
  const below = kind.namespaced
    ? `${root}/namespaces/{namespace}/${kind.plural}`
    : `${root}/${kind.plural}`;
  const scope = kind.namespaced ? [NAMESPACE] : [];
  const suffix = `${kind.namespaced ? "Namespaced" : ""}${kind.kind}`;
  const paths: Record<string, OpenApiSchema> = {};
  if (kind.namespaced && kind.verbs.includes("list")) {
    paths[`${root}/${kind.plural}`] = item(kind, {
      verbs: ["list"],
      suffix: `${kind.kind}ForAllNamespaces`,
      component,
      parameters: [],
    });
  }
  paths[below] = item(kind, {
    verbs: ["list", "create", "deletecollection"],
    suffix,
    component,
    parameters: scope,
  });
  if (kind.verbs.includes("get")) {
    paths[`${below}/{name}`] = item(kind, {
      verbs: ["get", "update", "patch", "delete"],
      suffix,
      component,
      parameters: [name, ...scope],
    });
  }
  for (const { name: part, verbs, speaks } of subresourcesOf(kind)) {
    const title = part.slice(0, 1).toUpperCase() + part.slice(1);
    paths[`${below}/{name}/${part}`] = item(kind, {
      verbs,
      suffix: `${suffix}${title}`,
      component: componentOfKind(speaks ?? kind),
      parameters: [name, ...scope],
      speaks,
    });
  }
  return paths;
}

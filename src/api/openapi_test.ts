import assert from "node:assert/strict";
import type { OpenApiSchema } from "./kind.ts";
import {
  byGroupVersion,
  contentHash,
  loadDescriptions,
  openapiDocument,
  openapiIndex,
} from "./openapi.ts";
import { ALL_KINDS } from "./registry.ts";

type Loose = Record<string, OpenApiSchema>;

function documentOf(path: string): { paths: Loose; schemas: Loose } {
  const document = openapiDocument(byGroupVersion(ALL_KINDS).get(path)!);
  const components = document["components"] as { schemas: Loose };
  return { paths: document["paths"] as Loose, schemas: components.schemas };
}

const core = documentOf("api/v1");
const apps = documentOf("apis/apps/v1");

/** All references in a value. */
function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    // JSON Schema itself has a property of that name.
    key === "$ref" && typeof inner === "string" ? [inner] : references(inner)
  );
}

for (const [path, kinds] of byGroupVersion(ALL_KINDS)) {
  Deno.test(`openapiDocument() of ${path} refers only to components that it has`, () => {
    const document = openapiDocument(kinds);
    const { schemas } = document["components"] as { schemas: Loose };
    for (const ref of new Set(references(document))) {
      const name = ref.replace("#/components/schemas/", "");
      assert.ok(name in schemas, ref);
    }
  });

  Deno.test(`openapiDocument() of ${path} says how to patch each kind, with fieldValidation`, () => {
    const paths = openapiDocument(kinds)["paths"] as Loose;
    for (const kind of kinds.filter((k) => k.verbs.includes("patch"))) {
      const found = Object.values(paths).some((item) => {
        const patch = item["patch"] as OpenApiSchema | undefined;
        const gvk = patch?.["x-kubernetes-group-version-kind"] as
          | { kind: string }
          | undefined;
        return gvk?.kind === kind.kind &&
          (patch?.["parameters"] as { name: string }[]).some((p) =>
            p.name === "fieldValidation"
          );
      });
      assert.ok(found, kind.kind);
    }
  });

  Deno.test(`openapiDocument() of ${path} has one operation id an operation`, () => {
    const paths = openapiDocument(kinds)["paths"] as Loose;
    const ids = Object.values(paths).flatMap((item) =>
      Object.values(item).map((o) =>
        (o as { operationId?: string }).operationId
      ).filter((id) => id !== undefined)
    );
    assert.deepEqual(ids.length, new Set(ids).size);
  });
}

Deno.test("openapiDocument() publishes types, keys and strategies as Kubernetes does", () => {
  const container = core.schemas["io.k8s.api.core.v1.Container"]!;
  assert.deepEqual(container["required"], ["name"]);
  const properties = container["properties"] as Loose;
  assert.deepEqual(properties["ports"], {
    type: "array",
    items: {
      allOf: [{
        $ref: "#/components/schemas/io.k8s.api.core.v1.ContainerPort",
      }],
      default: {},
    },
    "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
    "x-kubernetes-list-type": "map",
    "x-kubernetes-patch-merge-key": "containerPort",
    "x-kubernetes-patch-strategy": "merge",
  });
  assert.deepEqual(properties["name"], { type: "string", default: "" });
  assert.deepEqual(
    core.schemas["io.k8s.apimachinery.pkg.api.resource.Quantity"],
    { oneOf: [{ type: "string" }, { type: "number" }] },
  );
  assert.deepEqual(
    core.schemas["io.k8s.api.core.v1.Pod"]?.["x-kubernetes-group-version-kind"],
    [{ group: "", version: "v1", kind: "Pod" }],
  );
  const spec = apps.schemas["io.k8s.api.apps.v1.DeploymentSpec"]!;
  assert.deepEqual(spec["required"], ["selector", "template"]);
  assert.equal(
    (spec["properties"] as Loose)["strategy"]?.["x-kubernetes-patch-strategy"],
    "retainKeys",
  );
});

Deno.test("openapiDocument() gives the scale subresource the kind Scale of autoscaling/v1", () => {
  const item = apps
    .paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]!;
  assert.deepEqual(
    (item["get"] as OpenApiSchema)["x-kubernetes-group-version-kind"],
    { group: "autoscaling", version: "v1", kind: "Scale" },
  );
});

for (
  const [name, methods, group, kind] of [
    ["status", ["get", "parameters", "patch", "put"], "", "Pod"],
    ["resize", ["get", "parameters", "patch", "put"], "", "Pod"],
    ["ephemeralcontainers", ["get", "parameters", "patch", "put"], "", "Pod"],
    ["eviction", ["parameters", "post"], "policy", "Eviction"],
    ["binding", ["parameters", "post"], "", "Binding"],
  ] as const
) {
  Deno.test(`openapiDocument() says that pods/${name} speaks ${kind}`, () => {
    const item = core
      .paths[`/api/v1/namespaces/{namespace}/pods/{name}/${name}`]!;
    assert.deepEqual(Object.keys(item).sort(), methods);
    const operation = (item["post"] ?? item["put"]) as OpenApiSchema;
    assert.deepEqual(operation["x-kubernetes-group-version-kind"], {
      group,
      version: "v1",
      kind,
    });
  });
}

Deno.test("openapiDocument() has no path of a stream", () => {
  const prefix = "/api/v1/namespaces/{namespace}/pods/{name}";
  assert.ok(!(`${prefix}/exec` in core.paths));
});

Deno.test("openapiDocument() names operations as Kubernetes does", () => {
  const rbac = documentOf("apis/rbac.authorization.k8s.io/v1");
  const roles = rbac
    .paths["/apis/rbac.authorization.k8s.io/v1/clusterroles"]!;
  const { tags, operationId } = roles["delete"] as OpenApiSchema;
  assert.deepEqual(tags, ["rbacAuthorization_v1"]);
  assert.equal(
    operationId,
    "deleteRbacAuthorizationV1CollectionClusterRole",
  );
});

Deno.test("openapiDocument() has only the paths of verbs that a kind has", () => {
  const bindings = core.paths["/api/v1/namespaces/{namespace}/bindings"]!;
  assert.deepEqual(Object.keys(bindings).sort(), ["parameters", "post"]);
  assert.ok(!("/api/v1/namespaces/{namespace}/bindings/{name}" in core.paths));
});

Deno.test("openapiDocument() describes types and fields for kubectl explain", async () => {
  const describe = await loadDescriptions();
  const document = openapiDocument(
    byGroupVersion(ALL_KINDS).get("api/v1")!,
    describe,
  );
  const { schemas } = document["components"] as { schemas: Loose };
  const pod = schemas["io.k8s.api.core.v1.Pod"]!;
  assert.match(pod["description"] as string, /Containers that run together/);
  const spec = schemas["io.k8s.api.core.v1.PodSpec"]!["properties"] as Loose;
  assert.match(spec["nodeName"]?.["description"] as string, /node/);
});

Deno.test("openapiIndex() points to each document with its hash", () => {
  assert.equal(contentHash("a"), contentHash("a"));
  assert.notEqual(contentHash("a"), contentHash("b"));
  assert.deepEqual(openapiIndex({ "apis/apps/v1": "AB" }), {
    paths: {
      "apis/apps/v1": {
        serverRelativeURL: "/openapi/v3/apis/apps/v1?hash=AB",
      },
    },
  });
});

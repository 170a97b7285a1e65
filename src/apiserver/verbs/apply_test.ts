import assert from "node:assert/strict";
import type { KubeObject } from "../../api/kind.ts";
import type { ManagedFieldsEntry } from "../../api/meta.ts";
import { configMap, type Harness, startHarness } from "../testing/harness.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const APPLY = { "content-type": "application/apply-patch+yaml" };

interface Options {
  readonly manager: string;
  readonly force?: boolean;
  readonly query?: string;
  readonly status?: number;
}

function apply(
  server: Harness,
  path: string,
  body: unknown,
  { manager, force = false, query = "", status = 200 }: Options,
) {
  return server.json(
    "PATCH",
    `${path}?fieldManager=${manager}${force ? "&force=true" : ""}${query}`,
    { body, headers: APPLY, status },
  );
}

function managers({ metadata }: KubeObject): unknown {
  return Object.fromEntries(
    (metadata.managedFields ?? []).map((
      { manager, operation, subresource, fieldsV1 }: ManagedFieldsEntry,
    ) => [`${manager} ${operation} ${subresource ?? ""}`.trim(), fieldsV1]),
  );
}

function deployment(name: string, spec: Record<string, unknown> = {}) {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "main", image: "example.org/a:1" }] },
      },
      ...spec,
    },
  };
}

Deno.test("applyPart() makes an object and says who set which of its fields", async () => {
  await using server = await startHarness();
  const made = await apply(
    server,
    `${MAPS}/a`,
    configMap("a", { data: { x: "1" } }),
    { manager: "one", status: 201 },
  );
  assert.deepEqual(made.data, { x: "1" });
  assert.deepEqual(managers(made), {
    "one Apply": { "f:data": { "f:x": {} } },
  });
  const [entry] = made.metadata.managedFields;
  assert.equal(entry.apiVersion, "v1");
  assert.equal(entry.fieldsType, "FieldsV1");
  assert.match(entry.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

Deno.test("applyPart() writes nothing when the same is applied again", async () => {
  await using server = await startHarness();
  const path = `${DEPLOYMENTS}/a`;
  const wanted = deployment("a", { replicas: 2 });
  const first = await apply(server, path, wanted, {
    manager: "one",
    status: 201,
  });
  await server.host.advance(5000);
  const again = await apply(server, path, wanted, { manager: "one" });
  assert.deepEqual(again, first);
});

Deno.test("applyPart() refuses to change what another manager set, until it is forced", async () => {
  await using server = await startHarness();
  const path = `${DEPLOYMENTS}/a`;
  await server.json("POST", `${DEPLOYMENTS}?fieldManager=maker`, {
    body: deployment("a", { replicas: 1 }),
  });
  const wanted = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "a" },
    spec: { replicas: 3 },
  };
  const status = await apply(server, path, wanted, {
    manager: "other",
    status: 409,
  });
  assert.equal(status.reason, "Conflict");
  assert.equal(
    status.message,
    'Apply failed with 1 conflict: conflict with "maker" using apps/v1: .spec.replicas',
  );
  assert.deepEqual(status.details.causes, [{
    reason: "FieldManagerConflict",
    message: 'conflict with "maker" using apps/v1',
    field: ".spec.replicas",
  }]);
  const forced = await apply(server, path, wanted, {
    manager: "other",
    force: true,
  });
  assert.equal(forced.spec.replicas, 3);
  const found = managers(forced) as Record<string, Record<string, object>>;
  assert.deepEqual(found["other Apply"], { "f:spec": { "f:replicas": {} } });
  assert(!("f:replicas" in found["maker Update"]!["f:spec"]!));
});

Deno.test("applyPart() names all conflicts with all managers", async () => {
  await using server = await startHarness();
  await apply(
    server,
    `${MAPS}/a`,
    configMap("a", { data: { x: "1", y: "1" } }),
    {
      manager: "b",
      status: 201,
    },
  );
  await apply(server, `${MAPS}/a`, configMap("a", { data: { z: "1" } }), {
    manager: "a",
  });
  const all = configMap("a", { data: { x: "2", y: "2", z: "2" } });
  const status = await apply(server, `${MAPS}/a`, all, {
    manager: "c",
    status: 409,
  });
  assert.equal(
    status.message,
    'Apply failed with 3 conflicts: conflicts with "a":\n- .data.z\nconflicts with "b":\n- .data.x\n- .data.y',
  );
});

Deno.test("applyPart() shares fields that managers agree on, and takes one away when the last one drops it", async () => {
  await using server = await startHarness();
  const path = `${MAPS}/a`;
  const both = configMap("a", { data: { x: "1" } });
  await apply(server, path, both, { manager: "one", status: 201 });
  const shared = await apply(server, path, both, { manager: "two" });
  assert.deepEqual(managers(shared), {
    "one Apply": { "f:data": { "f:x": {} } },
    "two Apply": { "f:data": { "f:x": {} } },
  });
  const left = await apply(server, path, configMap("a"), { manager: "one" });
  assert.deepEqual(left.data, { x: "1" });
  const gone = await apply(server, path, configMap("a"), { manager: "two" });
  assert.equal(gone.data, undefined);
  assert.equal(gone.metadata.managedFields, undefined);
});

Deno.test("applyPart() merges lists by their keys, with the default of a key that is left out", async () => {
  await using server = await startHarness();
  const path = `${DEPLOYMENTS}/a`;
  const container = (more: object) =>
    deployment("a", {
      template: {
        metadata: { labels: { app: "a" } },
        spec: {
          containers: [{ name: "main", image: "example.org/a:1", ...more }],
        },
      },
    });
  await apply(server, path, container({ ports: [{ containerPort: 80 }] }), {
    manager: "one",
    status: 201,
  });
  const more = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "a" },
    spec: {
      template: {
        spec: {
          containers: [{
            name: "main",
            ports: [
              { containerPort: 80, protocol: "TCP", name: "web" },
              { containerPort: 80, protocol: "UDP" },
            ],
          }, { name: "side", image: "example.org/b:1" }],
        },
      },
    },
  };
  const merged = await apply(server, path, more, { manager: "two" });
  const containers = merged.spec.template.spec.containers;
  assert.deepEqual(containers.map((c: { name: string }) => c.name), [
    "main",
    "side",
  ]);
  assert.deepEqual(containers[0].ports, [
    { name: "web", containerPort: 80, protocol: "TCP" },
    { containerPort: 80, protocol: "UDP" },
  ]);
  assert.equal(containers[0].image, "example.org/a:1");
  const alone = await apply(server, path, {
    ...more,
    spec: { template: { spec: { containers: [{ name: "main" }] } } },
  }, { manager: "two" });
  assert.deepEqual(
    alone.spec.template.spec.containers.map((
      { name, ports }: { name: string; ports: unknown },
    ) => [name, ports]),
    [
      ["main", [{ containerPort: 80, protocol: "TCP" }]],
    ],
  );
});

Deno.test("applyPart() treats finalizers as a set and atomic lists as one", async () => {
  await using server = await startHarness();
  const path = `${MAPS}/a`;
  const withFinalizers = (...finalizers: string[]) => ({
    ...configMap("a"),
    metadata: { name: "a", finalizers },
  });
  await apply(server, path, withFinalizers("x.example/a"), {
    manager: "one",
    status: 201,
  });
  const both = await apply(server, path, withFinalizers("x.example/b"), {
    manager: "two",
  });
  assert.deepEqual(both.metadata.finalizers, ["x.example/a", "x.example/b"]);
  assert.deepEqual(
    (managers(both) as Record<string, unknown>)["two Apply"],
    { "f:metadata": { "f:finalizers": { 'v:"x.example/b"': {} } } },
  );
  const one = await apply(server, path, withFinalizers(), { manager: "one" });
  assert.deepEqual(one.metadata.finalizers, ["x.example/b"]);
});

Deno.test("applyPart() refuses fields that the type does not have, and items that are there twice", async () => {
  await using server = await startHarness();
  const unknown = await apply(
    server,
    `${DEPLOYMENTS}/a`,
    deployment("a", { foo: 1 }),
    { manager: "one", status: 500 },
  );
  assert.equal(
    unknown.message,
    "failed to create typed patch object (default/a; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema",
  );
  const twice = await apply(
    server,
    `${DEPLOYMENTS}/a`,
    deployment("a", {
      template: {
        spec: { containers: [{ name: "x", image: "a" }, { name: "x" }] },
      },
    }),
    { manager: "one", status: 500 },
  );
  assert.equal(
    twice.message,
    'failed to create typed patch object (default/a; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="x"]',
  );
});

Deno.test("applyPart() refuses a configuration of the wrong sort", async () => {
  await using server = await startHarness();
  const at = `${MAPS}/a`;
  const say = async (body: unknown, query: string, status: number) =>
    (await server.json("PATCH", at + query, { body, headers: APPLY, status }))
      .message;
  assert.equal(
    await say(configMap("a"), "", 422),
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  );
  const query = "?fieldManager=m";
  assert.equal(
    await say({ metadata: { name: "a" } }, query, 400),
    "invalid object type: /, Kind=",
  );
  assert.equal(
    await say({ ...configMap("a"), apiVersion: "v2" }, query, 400),
    "invalid object type: /v2, Kind=ConfigMap",
  );
  assert.equal(
    await say(configMap("b"), query, 400),
    "the name of the object (b) does not match the name on the URL (a)",
  );
  assert.equal(
    await say(
      { ...configMap("a"), metadata: { name: "a", managedFields: [] } },
      query,
      400,
    ),
    "metadata.managedFields must be nil",
  );
  assert.match(
    await say(
      { ...configMap("a"), metadata: { name: "a", uid: "u" } },
      query,
      409,
    ),
    /uid mismatch: the provided object specified uid u, and no existing object was found/,
  );
  await say("a: [", query, 400);
  await server.json("PATCH", `${at}?force=true`, { body: {}, status: 422 });
  const cbor = await server.json("PATCH", at + query, {
    body: "x",
    headers: { "content-type": "application/apply-patch+cbor" },
    status: 415,
  });
  assert.match(
    cbor.message,
    /application\/json-patch\+json, application\/merge-patch\+json, application\/strategic-merge-patch\+json, application\/apply-patch\+yaml$/,
  );
});

Deno.test("applyPart() reads YAML, and warns of keys that come twice or refuses them", async () => {
  await using server = await startHarness();
  const body =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: '1'\n  x: '2'\n";
  const answer = await server.ask("PATCH", `${MAPS}/a?fieldManager=m`, {
    body,
    headers: APPLY,
  });
  assert.equal(answer.status, 201);
  assert.match(answer.headers.get("warning")!, /already set in map/);
  await answer.body?.cancel();
  const status = await server.json(
    "PATCH",
    `${MAPS}/a?fieldManager=m&fieldValidation=Strict`,
    { body, headers: APPLY, status: 400 },
  );
  assert.match(status.message, /^error strict decoding YAML: /);
});

Deno.test("applyPart() of status is its manager's alone", async () => {
  await using server = await startHarness();
  const path = `${DEPLOYMENTS}/a`;
  const wanted = deployment("a", { replicas: 2 });
  await apply(server, path, wanted, { manager: "one", status: 201 });
  const status = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "a" },
    spec: { replicas: 7 },
    status: { replicas: 2 },
  };
  const after = await apply(server, `${path}/status`, status, {
    manager: "controller",
  });
  assert.equal(after.spec.replicas, 2);
  assert.equal(after.status.replicas, 2);
  const found = managers(after) as Record<string, unknown>;
  assert.deepEqual(found["controller Apply status"], {
    "f:status": { "f:replicas": {} },
  });
  // And the status in a main configuration is nobody's.
  const main = await apply(
    server,
    path,
    { ...wanted, status: { replicas: 9 } },
    {
      manager: "one",
    },
  );
  assert.equal(main.status.replicas, 2);
  assert.deepEqual(
    Object.keys((managers(main) as Record<string, object>)["one Apply"]!),
    ["f:spec"],
  );
  await apply(server, `${DEPLOYMENTS}/missing/status`, {
    ...status,
    metadata: { name: "missing" },
  }, { manager: "controller", status: 404 });
});

Deno.test("applyPart() through scale owns the field that it stands for", async () => {
  await using server = await startHarness();
  const path = `${DEPLOYMENTS}/a`;
  await apply(server, path, deployment("a", { replicas: 2 }), {
    manager: "one",
    status: 201,
  });
  await server.json("PATCH", `${path}/scale?fieldManager=hpa`, {
    body: { spec: { replicas: 5 } },
  });
  const conflict = await apply(server, path, deployment("a", { replicas: 2 }), {
    manager: "one",
    status: 409,
  });
  assert.equal(
    conflict.message,
    'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using apps/v1: .spec.replicas',
  );
  const scale = {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name: "a" },
    spec: { replicas: 6 },
  };
  await apply(server, `${path}/scale`, scale, { manager: "two", status: 409 });
  await apply(server, `${path}/scale`, scale, { manager: "two", force: true });
  const after = await server.json("GET", path);
  assert.equal(after.spec.replicas, 6);
  assert.deepEqual(
    (managers(after) as Record<string, unknown>)["two Apply scale"],
    { "f:spec": { "f:replicas": {} } },
  );
});

Deno.test("applyPart() as kubectl takes over what kubectl applied from its side", async () => {
  await using server = await startHarness();
  const path = `${MAPS}/a`;
  const annotation = "kubectl.kubernetes.io/last-applied-configuration";
  const applied = configMap("a", { data: { x: "1" } });
  const text = JSON.stringify(applied);
  await server.json("POST", `${MAPS}?fieldManager=kubectl-client-side-apply`, {
    body: {
      ...applied,
      metadata: { name: "a", annotations: { [annotation]: text } },
    },
  });
  const wanted = configMap("a", { data: { x: "2" } });
  await apply(server, path, wanted, { manager: "other", status: 409 });
  const taken = await apply(server, path, wanted, { manager: "kubectl" });
  assert.equal(taken.data.x, "2");
  assert.deepEqual(
    JSON.parse(taken.metadata.annotations[annotation]),
    wanted,
  );
  // What somebody else changed since is a conflict all the same.
  await server.json("PATCH", `${path}?fieldManager=third`, {
    body: { data: { x: "3" } },
  });
  await apply(server, path, wanted, { manager: "kubectl", status: 409 });
});

Deno.test("applyPart() gives what was there before anybody was noted to one name", async () => {
  await using server = await startHarness();
  const path = `${MAPS}/a`;
  await server.json("POST", MAPS, {
    body: configMap("a", { data: { x: "1" } }),
  });
  await server.json("PATCH", path, {
    body: { metadata: { managedFields: [{}] } },
  });
  const bare = await server.json("GET", path);
  assert.equal(bare.metadata.managedFields, undefined);
  const status = await apply(
    server,
    path,
    configMap("a", { data: { x: "2" } }),
    {
      manager: "one",
      status: 409,
    },
  );
  assert.match(
    status.message,
    /conflict with "before-first-apply" using v1: \.data\.x$/,
  );
});

Deno.test("applyPart() takes null as said and not set", async () => {
  await using server = await startHarness();
  const path = `${DEPLOYMENTS}/a`;
  const made = await apply(server, path, deployment("a", { replicas: null }), {
    manager: "one",
    status: 201,
  });
  assert.equal(made.spec.replicas, 1);
  const found = managers(made) as Record<string, Record<string, object>>;
  assert("f:replicas" in found["one Apply"]!["f:spec"]!);
});

Deno.test("applyPart() tries without writing on a dry run", async () => {
  await using server = await startHarness();
  const made = await apply(server, `${MAPS}/a`, configMap("a"), {
    manager: "one",
    query: "&dryRun=All",
    status: 201,
  });
  assert.equal(made.metadata.resourceVersion, undefined);
  await server.json("GET", `${MAPS}/a`, { status: 404 });
});

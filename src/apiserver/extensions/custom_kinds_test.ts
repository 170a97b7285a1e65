import assert from "node:assert/strict";
import { MemoryKv, MemoryKvData } from "../../store/memory_kv.ts";
import { type Harness, startHarness, WatchLines } from "../testing/harness.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const SPEC_SCHEMA = {
  type: "object",
  properties: {
    size: { type: "integer", default: 1 },
    colour: { type: "string" },
  },
};

interface Parts {
  readonly group?: string;
  readonly names?: Record<string, unknown>;
  readonly versions?: Record<string, unknown>[];
  readonly scope?: string;
}

function version(
  name: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    name,
    served: true,
    storage: name === "v1",
    schema: {
      openAPIV3Schema: {
        type: "object",
        properties: {
          spec: SPEC_SCHEMA,
          status: {
            type: "object",
            "x-kubernetes-preserve-unknown-fields": true,
          },
        },
      },
    },
    ...more,
  };
}

function definition(plural: string, parts: Parts = {}): Loose {
  const group = parts.group ?? "example.org";
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: parts.scope ?? "Namespaced",
      names: { plural, kind: "Foo", ...parts.names },
      versions: parts.versions ?? [version("v1")],
    },
  };
}

/** Lets what the server does beside requests happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((done) => setTimeout(done, 0));
}

async function define(server: Harness, wanted: Loose): Promise<Loose> {
  await server.json("POST", CRDS, { body: wanted });
  await settle();
  return await server.json("GET", `${CRDS}/${wanted.metadata.name}`);
}

function foo(name: string, spec: Loose = {}, apiVersion = "example.org/v1") {
  return { apiVersion, kind: "Foo", metadata: { name }, spec };
}

const FOOS = "/apis/example.org/v1/namespaces/default/foos";

function statusOf(made: Loose, type: string): string {
  return made.status.conditions.find((one: Loose) => one.type === type)?.status;
}

Deno.test("A definition is established, served and described at once", async () => {
  await using server = await startHarness();
  const made = await define(
    server,
    definition("foos", { names: { shortNames: ["fo"], categories: ["all"] } }),
  );
  assert.equal(statusOf(made, "NamesAccepted"), "True");
  assert.equal(statusOf(made, "Established"), "True");
  assert.deepEqual(made.status.storedVersions, ["v1"]);
  assert.equal(made.status.acceptedNames.listKind, "FooList");
  const { resources } = await server.json("GET", "/apis/example.org/v1");
  assert.deepEqual(resources[0].shortNames, ["fo"]);
  const list = await server.json("GET", FOOS);
  assert.equal(list.kind, "FooList");
  const document = await server.json("GET", "/openapi/v3/apis/example.org/v1");
  const schema = document.components.schemas["org.example.v1.Foo"];
  assert.deepEqual(schema.properties.spec, SPEC_SCHEMA);
});

Deno.test("Objects of a custom kind are pruned, defaulted and counted in generations", async () => {
  await using server = await startHarness();
  await define(
    server,
    definition("foos", {
      versions: [version("v1", { subresources: { status: {} } })],
    }),
  );
  const made = await server.json("POST", FOOS, {
    body: { ...foo("a", { extra: 1 }), status: { phase: "mine" } },
  });
  assert.deepEqual(made.spec, { size: 1 });
  assert.equal(made.status, undefined);
  assert.equal(made.metadata.generation, 1);
  const patched = await server.json("PATCH", `${FOOS}/a`, {
    body: { spec: { size: 2 }, status: { phase: "no" } },
  });
  assert.equal(patched.metadata.generation, 2);
  assert.equal(patched.status, undefined);
  const status = await server.json("PATCH", `${FOOS}/a/status`, {
    body: { spec: { size: 9 }, status: { phase: "yes" } },
  });
  assert.equal(status.metadata.generation, 2);
  assert.deepEqual([status.spec.size, status.status.phase], [2, "yes"]);
  const blind = await server.json("PUT", `${FOOS}/a`, {
    body: foo("a"),
    status: 422,
  });
  assert.match(
    blind.message,
    /metadata\.resourceVersion: Invalid value: 0.*: must be specified for an update/,
  );
  const strategic = await server.ask("PATCH", `${FOOS}/a`, {
    body: {},
    headers: { "content-type": "application/strategic-merge-patch+json" },
  });
  assert.equal(strategic.status, 415);
  await strategic.body?.cancel();
});

Deno.test("Names that others have are not given twice, and become free again", async () => {
  await using server = await startHarness();
  await define(server, definition("foos", { names: { shortNames: ["f"] } }));
  const second = await define(
    server,
    definition("bars", { names: { kind: "Foo", shortNames: ["f"] } }),
  );
  const condition = second.status.conditions.find((one: Loose) =>
    one.type === "NamesAccepted"
  );
  assert.equal(condition.status, "False");
  assert.equal(condition.reason, "ListKindConflict");
  assert.equal(condition.message, '"FooList" is already in use');
  assert.equal(statusOf(second, "Established"), "False");
  const path = "/apis/example.org/v1/namespaces/default/bars";
  await server.json("GET", path, { status: 404 });
  await server.json("DELETE", `${CRDS}/foos.example.org`);
  await settle();
  assert.equal(
    statusOf(
      await server.json("GET", `${CRDS}/bars.example.org`),
      "Established",
    ),
    "True",
  );
  assert.equal((await server.json("GET", path)).kind, "FooList");
});

Deno.test("A definition goes after its objects, which may take their time", async () => {
  await using server = await startHarness();
  await define(server, definition("foos"));
  await server.json("POST", FOOS, { body: foo("plain") });
  const held = foo("held") as Loose;
  held.metadata.finalizers = ["example.org/hold"];
  await server.json("POST", FOOS, { body: held });
  const deleted = await server.json("DELETE", `${CRDS}/foos.example.org`);
  assert.deepEqual(deleted.metadata.finalizers, [
    "customresourcecleanup.apiextensions.k8s.io",
  ]);
  await settle();
  const left = await server.json("GET", FOOS);
  assert.deepEqual(left.items.map((one: Loose) => one.metadata.name), ["held"]);
  const refused = await server.json("POST", FOOS, {
    body: foo("late"),
    status: 403,
  });
  assert.match(
    refused.message,
    /create not allowed while custom resource definition is terminating/,
  );
  await server.json("PATCH", `${FOOS}/held`, {
    body: { metadata: { finalizers: null } },
  });
  await settle();
  await server.json("GET", `${CRDS}/foos.example.org`, { status: 404 });
  await server.json("GET", FOOS, { status: 404 });
});

Deno.test("A definition goes with its objects also when no version of it is served", async () => {
  await using server = await startHarness();
  const made = await define(server, definition("foos"));
  await server.json("POST", FOOS, { body: foo("a") });
  made.spec.versions[0].served = false;
  await server.json("PUT", `${CRDS}/foos.example.org`, { body: made });
  await settle();
  await server.json("GET", FOOS, { status: 404 });
  await server.json("DELETE", `${CRDS}/foos.example.org`);
  await settle();
  await server.json("GET", `${CRDS}/foos.example.org`, { status: 404 });
  assert.equal(server.api.store.get("example.org/foos/default/a"), undefined);
});

Deno.test("Versions without conversion differ in their name, and objects move to the storage version when they are written", async () => {
  await using server = await startHarness();
  await define(
    server,
    definition("foos", {
      versions: [
        version("v1"),
        version("v1beta1", { deprecated: true }),
        version("v1alpha1", { served: false }),
      ],
    }),
  );
  const beta = FOOS.replace("/v1/", "/v1beta1/");
  const answer = await server.ask("POST", beta, {
    body: foo("a", { size: 3 }, "example.org/v1beta1"),
  });
  assert.equal((await answer.json()).apiVersion, "example.org/v1beta1");
  assert.equal(
    answer.headers.get("warning"),
    '299 - "example.org/v1beta1 Foo is deprecated; use example.org/v1 Foo"',
  );
  assert.equal(
    (await server.json("GET", `${FOOS}/a`)).apiVersion,
    "example.org/v1",
  );
  await server.json("GET", FOOS.replace("/v1/", "/v1alpha1/"), { status: 404 });
  const stored = server.api.store.get("example.org/foos/default/a")!;
  assert.equal(JSON.parse(stored.text).apiVersion, "example.org/v1");
});

Deno.test("Managers of different versions own the same fields", async () => {
  await using server = await startHarness();
  await define(
    server,
    definition("foos", { versions: [version("v1"), version("v1beta1")] }),
  );
  const apply = (manager: string, apiVersion: string, size: number) =>
    server.ask(
      "PATCH",
      `/apis/${apiVersion}/namespaces/default/foos/a?fieldManager=${manager}`,
      {
        body: foo("a", { size }, apiVersion),
        headers: { "content-type": "application/apply-patch+yaml" },
      },
    );
  const first = await apply("one", "example.org/v1", 1);
  assert.equal(first.status, 201);
  await first.body?.cancel();
  const other = await apply("two", "example.org/v1beta1", 2);
  assert.equal(other.status, 409);
  assert.match(
    (await other.json()).message,
    /conflict with "one".*\.spec\.size/,
  );
  const same = await (await apply("two", "example.org/v1beta1", 1)).json();
  assert.equal(same.apiVersion, "example.org/v1beta1");
  assert.deepEqual(
    same.metadata.managedFields.map((one: Loose) => [
      one.manager,
      one.apiVersion,
    ]).sort(),
    [["one", "example.org/v1"], ["two", "example.org/v1beta1"]],
  );
});

Deno.test("A watch ends when its kind changes; what follows is in the next one", async () => {
  await using server = await startHarness();
  const made = await define(server, definition("foos"));
  await server.json("POST", FOOS, { body: foo("a") });
  await using first = new WatchLines(
    await server.ask("GET", `${FOOS}?watch=1&allowWatchBookmarks=true`),
  );
  const added = await first.next();
  assert.equal(added.object.metadata.name, "a");
  made.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties
    .weight = { type: "integer", default: 7 };
  await server.json("PUT", `${CRDS}/foos.example.org`, { body: made });
  await settle();
  await server.json("POST", FOOS, { body: foo("b") });
  let last = added.object.metadata.resourceVersion;
  const seen: Loose[] = [];
  for (let event = await first.next(); event; event = await first.next()) {
    if (event.type !== "BOOKMARK") seen.push(event);
    last = event.object.metadata.resourceVersion;
  }
  await server.json("POST", FOOS, { body: foo("c") });
  await using second = new WatchLines(
    await server.ask("GET", `${FOOS}?watch=1&resourceVersion=${last}`),
  );
  while (seen.length < 2) seen.push(await second.next());
  assert.deepEqual(
    seen.map(({ type, object }) => [
      type,
      object.metadata.name,
      object.spec.weight,
    ]),
    [["ADDED", "b", 7], ["ADDED", "c", 7]],
  );
  const old = await server.json("GET", `${FOOS}/a`);
  assert.equal(old.spec.weight, 7, "defaults count for what was there before");
});

Deno.test("Kinds are there again after a restart, with what they have stored", async () => {
  const data = new MemoryKvData();
  const start = () =>
    startHarness({ storeOptions: { kv: new MemoryKv(data) } });
  {
    await using server = await start();
    await define(server, definition("foos"));
    await server.json("POST", FOOS, { body: foo("a", { colour: "red" }) });
  }
  await using server = await start();
  const list = await server.json("GET", FOOS);
  assert.deepEqual(list.items[0].spec, { colour: "red", size: 1 });
});

Deno.test("A definition waits for the authority of its conversion webhook", async () => {
  await using server = await startHarness();
  const wanted = definition("foos", {
    versions: [version("v1"), version("v2")],
  });
  const clientConfig = { url: "https://127.0.0.1/convert", caBundle: "Cg==" };
  const conversion = {
    strategy: "Webhook",
    webhook: { clientConfig, conversionReviewVersions: ["v1"] },
  };
  const made = await define(server, {
    ...wanted,
    spec: { ...wanted.spec, conversion },
  });
  const condition = made.status.conditions.find((one: Loose) =>
    one.type === "Established"
  );
  assert.equal(condition.reason, "InvalidCABundle");
  await server.json("GET", FOOS, { status: 404 });
  clientConfig.caBundle = btoa("-----BEGIN CERTIFICATE-----\n");
  await server.json("PATCH", `${CRDS}/foos.example.org`, {
    body: { spec: { conversion } },
  });
  await settle();
  assert.equal((await server.json("GET", FOOS)).kind, "FooList");
});

Deno.test("A definition with rules in CEL is refused, not ignored", async () => {
  await using server = await startHarness();
  const wanted = definition("foos");
  wanted.spec.versions[0].schema.openAPIV3Schema["x-kubernetes-validations"] = [
    { rule: "self.spec.size < 5" },
  ];
  const refused = await server.json("POST", CRDS, {
    body: wanted,
    status: 422,
  });
  assert.match(
    refused.message,
    /x-kubernetes-validations: Forbidden: rules in the Common Expression Language cannot be enforced by this server yet/,
  );
});

import assert from "node:assert/strict";
import { configMap, startHarness } from "../testing/harness.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

Deno.test("create() stores an object with an identity of its own", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", MAPS, {
    body: configMap("a", { data: { k: "v" } }),
  });
  assert.equal(made.metadata.namespace, "default");
  assert.equal(made.metadata.creationTimestamp, "2026-01-01T00:00:00Z");
  assert.match(made.metadata.uid, /^[0-9a-f-]{36}$/);
  assert.equal(
    made.metadata.resourceVersion,
    String(server.api.store.revision),
  );
  assert.deepEqual(await server.json("GET", `${MAPS}/a`), made);
});

Deno.test("create() answers 409 when the name is taken", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  const status = await server.json("POST", MAPS, {
    body: configMap("a"),
    status: 409,
  });
  assert.equal(status.reason, "AlreadyExists");
  assert.equal(status.message, 'configmaps "a" already exists');
});

Deno.test("create() makes a name when only generateName is given", async () => {
  await using server = await startHarness();
  const body = configMap("", { metadata: { generateName: "job-" } });
  const made = await server.json("POST", MAPS, { body });
  assert.match(made.metadata.name, /^job-[a-z0-9]{5}$/);
});

Deno.test("create() writes nothing when it is a dry run", async () => {
  await using server = await startHarness();
  const before = server.api.store.revision;
  const made = await server.json("POST", `${MAPS}?dryRun=All`, {
    body: configMap("a"),
  });
  assert.equal(made.metadata.name, "a");
  assert.equal(made.metadata.resourceVersion, undefined);
  assert.equal(server.api.store.revision, before);
  await server.json("POST", `${MAPS}?dryRun=Some`, {
    body: configMap("a"),
    status: 422,
  });
});

Deno.test("create() warns of, refuses or ignores unknown fields as fieldValidation says", async () => {
  await using server = await startHarness();
  const body = configMap("a", { nonsense: 1 });
  const strict = await server.json("POST", `${MAPS}?fieldValidation=Strict`, {
    body,
    status: 400,
  });
  assert.match(
    strict.message,
    /strict decoding error: unknown field "nonsense"/,
  );
  const warned = await server.ask("POST", `${MAPS}?fieldValidation=Warn`, {
    body,
  });
  assert.equal(
    warned.headers.get("warning"),
    '299 - "unknown field \\"nonsense\\""',
  );
  assert.equal((await warned.json()).nonsense, undefined);
  const ignored = await server.ask("POST", `${MAPS}?fieldValidation=Ignore`, {
    body: configMap("b", { nonsense: 1 }),
  });
  assert.equal(ignored.headers.get("warning"), null);
  await ignored.body?.cancel();
});

Deno.test("create() refuses a namespace that is missing or terminating", async () => {
  await using server = await startHarness();
  const maps = "/api/v1/namespaces/shop/configmaps";
  const missing = await server.json("POST", maps, {
    body: configMap("a"),
    status: 404,
  });
  assert.equal(missing.message, 'namespaces "shop" not found');
  await server.json("POST", "/api/v1/namespaces", {
    body: { metadata: { name: "shop" } },
  });
  await server.json("DELETE", "/api/v1/namespaces/shop");
  const going = await server.json("POST", maps, {
    body: configMap("a"),
    status: 403,
  });
  assert.equal(
    going.message,
    'configmaps "a" is forbidden: unable to create new content in namespace shop because it is being terminated',
  );
  assert.equal(going.details.causes[0].reason, "NamespaceTerminating");
});

Deno.test("create() refuses bodies of the wrong sort", async () => {
  await using server = await startHarness();
  const cases: [unknown, number, RegExp][] = [
    ["{", 400, /json parse error/],
    [{ ...configMap("a"), kind: "Pod" }, 400, /must be of type ConfigMap/],
    [
      { ...configMap("a"), apiVersion: "v2" },
      400,
      /does not match the expected API version \(v1\)/,
    ],
    [configMap("a", { data: { k: 1 } }), 400, /cannot unmarshal number/],
    [
      configMap("a", { metadata: { name: "a", namespace: "other" } }),
      400,
      /namespace of the provided object does not match/,
    ],
    [
      configMap("a", { metadata: { name: "a", resourceVersion: "1" } }),
      400,
      /resourceVersion should not be set/,
    ],
    [configMap("UPPER"), 422, /RFC 1123 subdomain/],
    [configMap(""), 422, /name or generateName is required/],
  ];
  for (const [body, status, text] of cases) {
    const answer = await server.json("POST", MAPS, { body, status });
    assert.match(answer.message, text);
  }
});

Deno.test("create() reads YAML and refuses other media types", async () => {
  await using server = await startHarness();
  const yaml = "metadata: { name: from-yaml }\ndata: { k: v }\n";
  const made = await server.json("POST", MAPS, {
    body: yaml,
    headers: { "content-type": "application/yaml" },
  });
  assert.equal(made.data.k, "v");
  const refused = await server.json("POST", MAPS, {
    body: yaml,
    headers: { "content-type": "text/plain" },
    status: 415,
  });
  assert.equal(refused.reason, "UnsupportedMediaType");
});

Deno.test("create() refuses bodies over 3 MiB and objects over 1.5 MiB", async () => {
  await using server = await startHarness();
  for (const size of [3 * 1024 * 1024, 1600 * 1024]) {
    const body = configMap("a", { data: { k: "x".repeat(size) } });
    const status = await server.json("POST", MAPS, { body, status: 413 })
      .catch((error: Error) => {
        // A ConfigMap's own rule (1 MiB) may speak first.
        assert.match(error.message, /answered 422.*Too long/);
        return { reason: "RequestEntityTooLarge" };
      });
    assert.equal(status.reason, "RequestEntityTooLarge");
  }
});

Deno.test("create() drops owners that are named twice and says so", async () => {
  await using server = await startHarness();
  const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
  const answer = await server.ask("POST", MAPS, {
    body: {
      metadata: { name: "a", ownerReferences: [owner, owner] },
    },
  });
  assert.match(
    answer.headers.get("warning")!,
    /ownerReferences contains duplicate entries.*observed: \[u\]/,
  );
  assert.equal((await answer.json()).metadata.ownerReferences.length, 1);
});

Deno.test("create() keeps an object that is too large only because of its managers, without them", async () => {
  await using server = await startHarness();
  const data = Object.fromEntries(
    Array.from({ length: 8_000 }, (_, i) => [`${"k".repeat(95)}-${i}`, ""]),
  );
  const made = await server.json("POST", MAPS, {
    body: { metadata: { name: "a" }, data },
  });
  assert.equal(made.metadata.managedFields, undefined);
});

import assert from "node:assert/strict";
import { configMap, startHarness } from "../testing/harness.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

Deno.test("update() replaces an object when the resourceVersion is its own", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", MAPS, { body: configMap("a") });
  const next = { ...made, data: { k: "v" } };
  const stored = await server.json("PUT", `${MAPS}/a`, { body: next });
  assert.deepEqual(stored.data, { k: "v" });
  assert.equal(stored.metadata.uid, made.metadata.uid);
  assert.ok(
    Number(stored.metadata.resourceVersion) >
      Number(made.metadata.resourceVersion),
  );
  const conflict = await server.json("PUT", `${MAPS}/a`, {
    body: next,
    status: 409,
  });
  assert.equal(
    conflict.message,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  );
});

Deno.test("update() lets all unconditional writers through", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  const writes = Array.from(
    { length: 20 },
    (_, i) =>
      server.json("PUT", `${MAPS}/a`, {
        body: configMap("a", { data: { i: String(i) } }),
      }),
  );
  const versions = (await Promise.all(writes)).map((stored) =>
    stored.metadata.resourceVersion
  );
  assert.equal(new Set(versions).size, 20);
});

Deno.test("update() writes nothing when nothing changes", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", MAPS, { body: configMap("a") });
  const revision = server.api.store.revision;
  const same = await server.json("PUT", `${MAPS}/a`, { body: configMap("a") });
  assert.deepEqual(same, made);
  assert.equal(server.api.store.revision, revision);
});

Deno.test("update() refuses another name, another uid and a missing object", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  const name = await server.json("PUT", `${MAPS}/a`, {
    body: configMap("b"),
    status: 400,
  });
  assert.equal(
    name.message,
    "the name of the object (b) does not match the name on the URL (a)",
  );
  await server.json("PUT", `${MAPS}/a`, {
    body: configMap("a", { metadata: { name: "a", uid: "other" } }),
    status: 409,
  });
  await server.json("PUT", `${MAPS}/c`, { body: configMap("c"), status: 404 });
});

Deno.test("update() makes the object when its kind allows that", async () => {
  await using server = await startHarness();
  const path =
    "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/leader";
  const body = { metadata: { name: "leader", namespace: "kube-system" } };
  const made = await server.json("PUT", path, { body, status: 201 });
  assert.equal(made.metadata.name, "leader");
});

Deno.test("update() of status leaves the spec alone and the other way round", async () => {
  await using server = await startHarness();
  const path = "/apis/apps/v1/namespaces/default/deployments";
  const labels = { app: "web" };
  const body = {
    metadata: { name: "web" },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "a", image: "example.org/a" }] },
      },
    },
  };
  const made = await server.json("POST", path, { body });
  assert.equal(made.metadata.generation, 1);
  const status = await server.json("PUT", `${path}/web/status`, {
    body: {
      ...made,
      spec: { ...made.spec, replicas: 9 },
      status: { replicas: 1 },
    },
  });
  assert.equal(status.spec.replicas, 1);
  assert.equal(status.status.replicas, 1);
  assert.equal(status.metadata.generation, 1);
  const spec = await server.json("PUT", `${path}/web`, {
    body: { ...status, spec: { ...made.spec, replicas: 9 }, status: {} },
  });
  assert.equal(spec.spec.replicas, 9);
  assert.equal(spec.status.replicas, 1);
  assert.equal(spec.metadata.generation, 2);
});

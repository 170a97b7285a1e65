import assert from "node:assert/strict";
import { configMap, pod, startHarness } from "../testing/harness.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

Deno.test("patch() merges, applies JSON patches and merges strategically", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, {
    body: configMap("a", { data: { one: "1", two: "2" } }),
  });
  const merged = await server.json("PATCH", `${MAPS}/a`, {
    body: { data: { one: null, three: "3" } },
  });
  assert.deepEqual(merged.data, { two: "2", three: "3" });
  const patched = await server.json("PATCH", `${MAPS}/a`, {
    body: [{ op: "replace", path: "/data/two", value: "II" }],
    headers: { "content-type": "application/json-patch+json" },
  });
  assert.deepEqual(patched.data, { two: "II", three: "3" });
  const pods = "/api/v1/namespaces/default/pods";
  await server.json("POST", pods, { body: pod("p") });
  const strategic = await server.json("PATCH", `${pods}/p`, {
    body: {
      spec: { containers: [{ name: "main", image: "example.org/b:2" }] },
    },
    headers: { "content-type": "application/strategic-merge-patch+json" },
  });
  assert.equal(strategic.spec.containers.length, 1);
  assert.equal(strategic.spec.containers[0].image, "example.org/b:2");
});

Deno.test("patch() applies all of many concurrent patches", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  await Promise.all(
    Array.from(
      { length: 30 },
      (_, i) =>
        server.json("PATCH", `${MAPS}/a`, {
          body: { data: { [`k${i}`]: "v" } },
        }),
    ),
  );
  const stored = await server.json("GET", `${MAPS}/a`);
  assert.equal(Object.keys(stored.data).length, 30);
});

Deno.test("patch() answers 409 when it names an old resourceVersion", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  await server.json("PATCH", `${MAPS}/a`, {
    body: { metadata: { resourceVersion: "1" }, data: { a: "b" } },
    status: 409,
  });
});

Deno.test("patch() answers 415 to a media type that it does not know", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  const status = await server.json("PATCH", `${MAPS}/a`, {
    body: configMap("a"),
    headers: { "content-type": "application/apply-patch+cbor" },
    status: 415,
  });
  assert.match(
    status.message,
    /accepted media types include: application\/json-patch\+json/,
  );
});

Deno.test("patch() refuses what makes the object invalid", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  const renamed = await server.json("PATCH", `${MAPS}/a`, {
    body: { metadata: { name: "b" } },
    status: 422,
  });
  assert.match(renamed.message, /metadata.name: .*field is immutable/);
  await server.json("PATCH", `${MAPS}/a`, {
    body: { data: { k: 5 } },
    status: 400,
  });
});

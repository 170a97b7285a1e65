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
  const wrong = await server.json("PATCH", `${MAPS}/a`, {
    body: { data: { k: 5 } },
    status: 422,
  });
  assert.match(
    wrong.message,
    /^ "" is invalid: patch: Invalid value: "{.*": json: cannot unmarshal number into Go struct field ConfigMap.data of type string$/,
  );
  const strategic = await server.json("PATCH", `${MAPS}/a`, {
    body: { data: { k: 5 } },
    headers: { "content-type": "application/strategic-merge-patch+json" },
    status: 422,
  });
  assert.match(
    strategic.message,
    /^ "" is invalid: patch: Invalid value: "map\[data:map\[k:5\]\]": cannot convert int64 to string$/,
  );
});

Deno.test("patch() tells of unknown fields and keys that come twice as fieldValidation asks", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  const types = ["merge-patch+json", "strategic-merge-patch+json"];
  for (const type of types) {
    const headers = { "content-type": `application/${type}` };
    const body = '{"foo":1,"data":{"a":"1","a":"2"}}';
    const warned = await server.ask("PATCH", `${MAPS}/a`, { body, headers });
    assert.equal(warned.status, 200);
    assert.equal(
      warned.headers.get("warning"),
      '299 - "duplicate field \\"data.a\\"", 299 - "unknown field \\"foo\\""',
    );
    assert.equal((await warned.json()).data.a, "2");
    const silent = await server.ask(
      "PATCH",
      `${MAPS}/a?fieldValidation=Ignore`,
      { body, headers },
    );
    assert.equal(silent.headers.get("warning"), null);
    await silent.body?.cancel();
    const refused = await server.json(
      "PATCH",
      `${MAPS}/a?fieldValidation=Strict`,
      { body, headers, status: 422 },
    );
    assert.match(
      refused.message,
      /: strict decoding error: duplicate field "data.a", unknown field "foo"$/,
    );
  }
  const refused = await server.json(
    "PATCH",
    `${MAPS}/a?fieldValidation=Strict`,
    {
      body: [{ op: "add", path: "/data/x", value: "1", more: 1 }],
      headers: { "content-type": "application/json-patch+json" },
      status: 422,
    },
  );
  assert.match(
    refused.message,
    /: strict decoding error: json patch unknown field "\[0\].more"$/,
  );
});

Deno.test("patch() answers 400 to patches that are nested deeper than the stack reaches", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  const depth = 9_000;
  const body = `{"data":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`;
  for (
    const [type, query] of [
      ["merge-patch+json", ""],
      ["strategic-merge-patch+json", ""],
      ["apply-patch+yaml", "?fieldManager=m"],
    ]
  ) {
    const answer = await server.ask("PATCH", `${MAPS}/a${query}`, {
      body: type === "apply-patch+yaml"
        ? body.replace("{", '{"apiVersion":"v1","kind":"ConfigMap",')
        : body,
      headers: { "content-type": `application/${type}` },
    });
    const status = await answer.json();
    assert(
      status.code === 400 || status.code === 422 ||
        status.message.includes("expected any scalar"),
      `${type}: ${status.code} ${status.message.slice(0, 200)}`,
    );
  }
  await server.json("GET", `${MAPS}/a`);
});

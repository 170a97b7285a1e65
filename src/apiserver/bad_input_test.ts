import assert from "node:assert/strict";
import { configMap, pod, startHarness } from "./testing/harness.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

Deno.test("createApp() refuses bad input with Kubernetes' codes and keeps what is stored", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("kept") });
  const { revision } = server.api.store;
  const deep = `{"data":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  const bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" +
    [..."bcdefgh"].map((name, i) =>
      `${name}: &${name} [${Array(9).fill(`*${"abcdefg"[i]}`).join(",")}]\n`
    ).join("");
  const json = { "content-type": "application/json" };
  const operations = Array.from(
    { length: 10_001 },
    () => ({ op: "test", path: "/data", value: 1 }),
  );
  const cases: [number, string, string, unknown, Record<string, string>?][] = [
    [400, "POST", MAPS, "{", json],
    [400, "POST", MAPS, "", json],
    [400, "POST", MAPS, "[]", json],
    [400, "POST", MAPS, "null", json],
    [400, "POST", MAPS, '"text"', json],
    [400, "POST", MAPS, new Uint8Array([0x7b, 0xff, 0x7d]), json],
    [400, "POST", MAPS, deep, json],
    [400, "POST", MAPS, bomb, { "content-type": "application/yaml" }],
    [400, "POST", MAPS, "k8s\0junk", {
      "content-type": "application/vnd.kubernetes.protobuf",
    }],
    [413, "POST", MAPS, "x".repeat(3 * 1024 * 1024 + 1), json],
    [413, "PATCH", `${MAPS}/kept`, operations, {
      "content-type": "application/json-patch+json",
    }],
    [415, "POST", MAPS, "{}", {
      "content-type": "application/x-www-form-urlencoded",
    }],
    [400, "PATCH", `${MAPS}/kept`, "{", {
      "content-type": "application/merge-patch+json",
    }],
    [
      400,
      "POST",
      `${MAPS}?fieldValidation=Strict`,
      '{"metadata":{"name":"a","name":"b"}}',
      json,
    ],
    [400, "GET", `${MAPS}?limit=x`, undefined],
    [400, "GET", `${MAPS}?resourceVersion=-1`, undefined],
    [400, "GET", `${MAPS}?watch=1&resourceVersion=abc`, undefined],
    [404, "GET", `${MAPS}/a%2fb`, undefined],
    [422, "DELETE", `${MAPS}/kept?propagationPolicy=Foo`, undefined],
    [422, "POST", MAPS, configMap("../kept")],
  ];
  for (const [status, method, path, body, headers] of cases) {
    const answer = await server.ask(method, path, {
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    });
    const value = await answer.json();
    const what = `${method} ${path}: ${value.message}`;
    assert.equal(answer.status, status, what);
    assert.equal(value.kind, "Status", what);
    assert.equal(value.code, status, what);
  }
  assert.equal(server.api.store.revision, revision);
});

Deno.test("createApp() takes any limit", async () => {
  await using server = await startHarness();
  for (const limit of ["-5", "0", "999999999999"]) {
    const list = await server.json("GET", `/api/v1/namespaces?limit=${limit}`);
    assert.equal(list.items.length, 4);
  }
});

Deno.test("createApp() cannot be made to change prototypes", async () => {
  await using server = await startHarness();
  const body =
    `{"metadata":{"name":"a","labels":{"__proto__":"x"}},"data":{"__proto__":"y","constructor":"z"},"__proto__":{"polluted":"yes"}}`;
  const answer = await server.ask("POST", MAPS, { body });
  await answer.body?.cancel();
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  const patched = await server.ask("PATCH", `${MAPS}/a`, {
    body:
      `{"__proto__":{"polluted":"yes"},"data":{"constructor":{"prototype":{"polluted":"yes"}}}}`,
  });
  await patched.body?.cancel();
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

Deno.test("createApp() answers 500 and logs when a handler has a defect", async () => {
  await using server = await startHarness();
  server.api.store.get = () => {
    throw new TypeError("Planted");
  };
  const status = await server.json("GET", `${MAPS}/a`, { status: 500 });
  assert.equal(status.message, "Internal error occurred: Planted");
  assert.ok(
    server.host.logs.some(({ message, level }) =>
      level === "error" && message === "Request failed"
    ),
  );
});

Deno.test("createApp() serves pods of all namespaces but takes none there", async () => {
  await using server = await startHarness();
  const refused = await server.json("POST", "/api/v1/pods", {
    body: pod("a"),
    status: 405,
  });
  assert.equal(refused.reason, "MethodNotAllowed");
});

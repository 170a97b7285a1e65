import assert from "node:assert/strict";
import { configMap, pod, startHarness } from "../testing/harness.ts";

const SPACE = "/api/v1/namespaces/default";

Deno.test("dryRun=All leaves no trace, whatever the verb", async () => {
  await using server = await startHarness();
  await server.json("POST", `${SPACE}/configmaps`, { body: configMap("a") });
  await server.json("POST", `${SPACE}/pods`, { body: pod("p") });
  await server.json("POST", "/apis/apps/v1/namespaces/default/deployments", {
    body: {
      metadata: { name: "d" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: { containers: [{ name: "c", image: "i" }] },
        },
      },
    },
  });
  const { revision } = server.api.store;
  const map = `${SPACE}/configmaps/a`;
  const deployment = "/apis/apps/v1/namespaces/default/deployments/d";
  const apply = { "content-type": "application/apply-patch+yaml" };
  const data = { x: "1" };
  const cases: [string, string, unknown, Record<string, string>?][] = [
    ["POST", `${SPACE}/configmaps`, configMap("b")],
    ["POST", `${SPACE}/configmaps`, { metadata: { generateName: "b-" } }],
    ["PUT", map, configMap("a", { data })],
    ["PATCH", map, { data }],
    ["PATCH", `${map}?fieldManager=m`, configMap("a", { data }), apply],
    [
      "PATCH",
      `${SPACE}/configmaps/c?fieldManager=m`,
      configMap("c", { data }),
      apply,
    ],
    ["DELETE", map, undefined],
    ["DELETE", `${SPACE}/configmaps`, undefined],
    ["DELETE", `${SPACE}/pods/p`, undefined],
    ["PATCH", `${SPACE}/pods/p/status`, { status: { message: "m" } }],
    ["PATCH", `${deployment}/scale`, { spec: { replicas: 4 } }],
    [
      "POST",
      `${SPACE}/pods/p/binding`,
      { metadata: { name: "p" }, target: { kind: "Node", name: "n" } },
    ],
    ["POST", `${SPACE}/pods/p/eviction`, { metadata: { name: "p" } }],
  ];
  for (const [method, path, body, headers] of cases) {
    const query = path.includes("?") ? "&dryRun=All" : "?dryRun=All";
    const answer = await server.ask(method, path + query, {
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    });
    const text = await answer.text();
    assert(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    assert.equal(server.api.store.revision, revision, `${method} ${path}`);
  }
  await server.json("DELETE", map, { body: { dryRun: ["All"] } });
  assert.equal(server.api.store.revision, revision);
  await server.json("DELETE", map, { body: { dryRun: ["Some"] }, status: 422 });
  await server.json("POST", `${SPACE}/configmaps?dryRun=Some`, {
    body: configMap("z"),
    status: 422,
  });
});

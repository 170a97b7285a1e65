import assert from "node:assert/strict";
import { startHarness } from "../testing/harness.ts";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const DEPLOYMENT = {
  metadata: { name: "a" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "c", image: "example.org/c:1" }] },
    },
  },
};

Deno.test("updateScale() takes a Scale with or without a version, and refuses an old one", async () => {
  await using server = await startHarness();
  await server.json("POST", DEPLOYMENTS, { body: DEPLOYMENT });
  const path = `${DEPLOYMENTS}/a/scale`;
  const scale = await server.json("GET", path);
  assert.equal(scale.spec.replicas, 2);
  assert.equal(scale.status.selector, "a=b");
  const put = (body: unknown, status = 200) =>
    server.json("PUT", path, { body, status });
  assert.equal(
    (await put({ metadata: { name: "a" }, spec: { replicas: 3 } })).spec
      .replicas,
    3,
  );
  await put(scale, 409);
  await put({ metadata: { name: "b" }, spec: { replicas: 3 } }, 400);
  await put({ spec: { replicas: "3" } }, 400);
  await put({ kind: "Pod" }, 400);
  const negative = await put({ spec: { replicas: -1 } }, 422);
  assert.equal(
    negative.message,
    'Scale.autoscaling "a" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  );
});

Deno.test("patchScale() tells of unknown fields as fieldValidation asks", async () => {
  await using server = await startHarness();
  await server.json("POST", DEPLOYMENTS, { body: DEPLOYMENT });
  const path = `${DEPLOYMENTS}/a/scale`;
  const body = { spec: { replicas: 4, more: 1 } };
  const answer = await server.ask("PATCH", path, { body });
  assert.equal(
    answer.headers.get("warning"),
    '299 - "unknown field \\"spec.more\\""',
  );
  assert.equal((await answer.json()).spec.replicas, 4);
  await server.json("PATCH", `${path}?fieldValidation=Strict`, {
    body,
    status: 422,
  });
});

Deno.test("getScale() answers with a table when one is asked for", async () => {
  await using server = await startHarness();
  await server.json("POST", DEPLOYMENTS, { body: DEPLOYMENT });
  const table = await server.json("GET", `${DEPLOYMENTS}/a/scale`, {
    headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
  });
  assert.deepEqual(
    table.columnDefinitions.map(({ name }: { name: string }) => name),
    ["Name", "Desired", "Available", "Age"],
  );
  assert.deepEqual(table.rows[0].cells.slice(0, 3), ["a", 2, 0]);
});

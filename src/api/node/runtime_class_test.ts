import assert from "node:assert/strict";
import { startHarness } from "../../apiserver/testing/harness.ts";
import { causesOf, tableOf } from "../testing/table.ts";

const PATH = "/apis/node.k8s.io/v1/runtimeclasses";

Deno.test("a PUT makes a RuntimeClass that is not there", async () => {
  await using server = await startHarness();
  await server.json("PUT", `${PATH}/kata`, {
    status: 201,
    body: {
      apiVersion: "node.k8s.io/v1",
      kind: "RuntimeClass",
      metadata: { name: "kata" },
      handler: "kata-qemu",
    },
  });
  const rows = await tableOf(server, PATH);
  assert.deepEqual(rows.find((row) => row["Name"] === "kata"), {
    Name: "kata",
    Handler: "kata-qemu",
  });
});

Deno.test("a PUT of a RuntimeClass must say which version it replaces", async () => {
  await using server = await startHarness();
  const now = await server.json("GET", `${PATH}/wasmtime`);
  const { resourceVersion, ...metadata } = now.metadata;
  const labels = { tier: "edge" };
  const answer = await server.ask("PUT", `${PATH}/wasmtime`, {
    body: { ...now, metadata: { ...metadata, labels } },
  });
  assert.deepEqual(await causesOf(answer), {
    status: 422,
    causes: [
      "metadata.resourceVersion: Invalid value: 0: must be specified for an update",
    ],
  });
  await server.json("PUT", `${PATH}/wasmtime`, {
    body: { ...now, metadata: { ...metadata, resourceVersion, labels } },
  });
});

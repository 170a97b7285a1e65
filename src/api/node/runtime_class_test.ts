import assert from "node:assert/strict";
import { startHarness } from "../../apiserver/testing/harness.ts";
import { tableOf } from "../testing/table.ts";

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

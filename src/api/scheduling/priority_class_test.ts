import assert from "node:assert/strict";
import { startHarness } from "../../apiserver/testing/harness.ts";
import { causesOf, tableOf } from "../testing/table.ts";

const PATH = "/apis/scheduling.k8s.io/v1/priorityclasses";

Deno.test("a PriorityClass preempts unless it says otherwise, and keeps its value", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", PATH, {
    body: {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "high" },
      value: 1000,
    },
  });
  assert.equal(made.metadata.generation, 1);
  const rows = await tableOf(server, PATH);
  assert.deepEqual(rows.find((row) => row["Name"] === "high"), {
    Name: "high",
    Value: 1000,
    "Global-Default": false,
    PreemptionPolicy: "PreemptLowerPriority",
  });
  const answer = await server.ask("PATCH", `${PATH}/high`, {
    body: { value: 2000, preemptionPolicy: "Never" },
  });
  assert.deepEqual(await causesOf(answer), {
    status: 422,
    causes: [
      "value: Forbidden: may not be changed in an update.",
      'preemptionPolicy: Invalid value: "Never": field is immutable',
    ],
  });
});

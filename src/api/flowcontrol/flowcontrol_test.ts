import assert from "node:assert/strict";
import { startHarness } from "../../apiserver/testing/harness.ts";
import { causesOf, tableOf } from "../testing/table.ts";

const GROUP = "flowcontrol.apiserver.k8s.io/v1";
const SCHEMAS = `/apis/${GROUP}/flowschemas`;
const LEVELS = `/apis/${GROUP}/prioritylevelconfigurations`;

Deno.test("a FlowSchema gets its precedence, and says when its level is missing", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", SCHEMAS, {
    body: {
      apiVersion: GROUP,
      kind: "FlowSchema",
      metadata: { name: "mine" },
      spec: { priorityLevelConfiguration: { name: "nowhere" } },
    },
  });
  assert.equal(made.spec.matchingPrecedence, 1000);
  assert.equal(made.metadata.generation, 1);
  await server.json("PATCH", `${SCHEMAS}/mine/status`, {
    body: { status: { conditions: [{ type: "Dangling", status: "True" }] } },
  });
  const rows = await tableOf(server, SCHEMAS);
  assert.deepEqual(rows.find((row) => row["Name"] === "mine"), {
    Name: "mine",
    PriorityLevel: "nowhere",
    MatchingPrecedence: 1000,
    DistinguisherMethod: "<none>",
    MissingPL: "True",
  });
});

Deno.test("a PriorityLevelConfiguration gets its queues; that for the rest cannot be changed", async () => {
  await using server = await startHarness();
  const limited = { limitResponse: { type: "Queue", queuing: {} } };
  await server.json("POST", LEVELS, {
    body: {
      apiVersion: GROUP,
      kind: "PriorityLevelConfiguration",
      metadata: { name: "mine" },
      spec: { type: "Limited", limited },
    },
  });
  const rows = await tableOf(server, LEVELS);
  assert.deepEqual(rows.find((row) => row["Name"] === "mine"), {
    Name: "mine",
    Type: "Limited",
    NominalConcurrencyShares: 30,
    Queues: 64,
    HandSize: 8,
    QueueLengthLimit: 50,
  });
  const answer = await server.ask("PATCH", `${LEVELS}/catch-all`, {
    body: { spec: { limited: { nominalConcurrencyShares: 500 } } },
  });
  const { status, causes } = await causesOf(answer);
  assert.equal(status, 422);
  assert.match(causes[0]!, /spec of 'catch-all' must equal the fixed value$/);
});

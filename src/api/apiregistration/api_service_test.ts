import assert from "node:assert/strict";
import { startHarness } from "../../apiserver/testing/harness.ts";
import { tableOf } from "../testing/table.ts";

const PATH = "/apis/apiregistration.k8s.io/v1/apiservices";
const apiService = (group: string, more: object = {}) => ({
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: `v1.${group}` },
  spec: {
    group,
    version: "v1",
    groupPriorityMinimum: 100,
    versionPriority: 100,
    ...more,
  },
});

Deno.test("an APIService is available only when this server serves it itself", async () => {
  await using server = await startHarness();
  const service = { namespace: "default", name: "elsewhere" };
  await server.json("POST", PATH, { body: apiService("a.example.com") });
  await server.json("POST", PATH, {
    body: apiService("b.example.com", { service }),
  });
  const rows = await tableOf(server, PATH);
  assert.deepEqual(
    rows.filter((row) => String(row["Name"]).endsWith(".example.com")),
    [
      { Name: "v1.a.example.com", Service: "Local", Available: "True" },
      {
        Name: "v1.b.example.com",
        Service: "default/elsewhere",
        Available: "False (NotForwarded)",
      },
    ],
  );
  const moved = await server.json("PATCH", `${PATH}/v1.a.example.com`, {
    body: { spec: { service } },
  });
  assert.equal(moved.spec.service.port, 443);
  assert.equal(moved.status.conditions[0].status, "False");
});

Deno.test("an APIService must be named for its version and group", async () => {
  await using server = await startHarness();
  const body = apiService("a.example.com");
  const answer = await server.ask("POST", PATH, {
    body: { ...body, metadata: { name: "other" } },
  });
  assert.equal(answer.status, 422);
  assert.equal(
    (await answer.json()).message,
    'APIService.apiregistration.k8s.io "other" is invalid: metadata.name: Invalid value: "other": must be `spec.version+"."+spec.group`: "v1.a.example.com"',
  );
});

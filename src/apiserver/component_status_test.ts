import assert from "node:assert/strict";
import { startHarness } from "./testing/harness.ts";

const PATH = "/api/v1/componentstatuses";

Deno.test("listComponentStatuses() tells of each part whether the server is well", async () => {
  const disk: { problem?: string } = {};
  const health = [{ name: "disk", live: true, check: () => disk.problem }];
  await using server = await startHarness({ health });
  const { kind, items } = await server.json("GET", PATH);
  assert.equal(kind, "ComponentStatusList");
  assert.deepEqual(
    items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ["controller-manager", "etcd-0", "scheduler"],
  );
  assert.deepEqual(items[0].conditions, [
    { type: "Healthy", status: "True", message: "ok" },
  ]);
  disk.problem = "No room left";
  const one = await server.json("GET", `${PATH}/scheduler`);
  assert.deepEqual(one.conditions, [
    { type: "Healthy", status: "False", error: "No room left" },
  ]);
  const table = await server.json("GET", PATH, {
    headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" },
  });
  assert.deepEqual(table.rows[2].cells, [
    "scheduler",
    "Unhealthy",
    "",
    "No room left",
  ]);
});

Deno.test("listComponentStatuses() selects by name, warns, and is all that there is", async () => {
  await using server = await startHarness();
  const answer = await server.ask(
    "GET",
    `${PATH}?fieldSelector=metadata.name%3Dscheduler`,
  );
  assert.match(
    answer.headers.get("warning") ?? "",
    /v1 ComponentStatus is deprecated in v1\.19\+/,
  );
  assert.equal((await answer.json()).items.length, 1);
  await server.json("GET", `${PATH}/cloud`, { status: 404 });
  await server.json("POST", PATH, { body: {}, status: 405 });
});

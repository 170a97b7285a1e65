import assert from "node:assert/strict";
import { startHarness } from "../../apiserver/testing/harness.ts";
import { causesOf, tableOf } from "../testing/table.ts";

const GROUP = "resource.k8s.io/v1";
const CLAIMS = `/apis/${GROUP}/namespaces/default/resourceclaims`;
const devices = {
  requests: [{
    name: "gpu",
    exactly: { deviceClassName: "gpu", tolerations: [{ key: "old" }] },
  }],
};
const of = (kind: string, spec: object) => ({
  apiVersion: GROUP,
  kind,
  metadata: { name: "a" },
  spec,
});
const result = {
  request: "gpu",
  driver: "gpu.example.com",
  pool: "n",
  device: "gpu-0",
};

Deno.test("a ResourceClaim goes from pending to reserved through its status", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", CLAIMS, {
    body: of("ResourceClaim", { devices }),
  });
  const { exactly } = made.spec.devices.requests[0];
  assert.equal(exactly.allocationMode, "ExactCount");
  assert.equal(exactly.count, 1);
  assert.equal(exactly.tolerations[0].operator, "Equal");
  assert.deepEqual(await tableOf(server, CLAIMS), [
    { Name: "a", State: "pending" },
  ]);
  const status = (body: object) =>
    server.ask("PATCH", `${CLAIMS}/a/status`, { body: { status: body } });
  const reservedFor = [{ resource: "pods", name: "p", uid: "1" }];
  assert.deepEqual(await causesOf(await status({ reservedFor })), {
    status: 422,
    causes: [
      "status.reservedFor: Forbidden: may not be specified when `allocated` is not set",
    ],
  });
  const allocation = { devices: { results: [result] } };
  const given = await status({ allocation, reservedFor });
  assert.equal(given.status, 200);
  await given.body?.cancel();
  assert.deepEqual(await tableOf(server, CLAIMS), [
    { Name: "a", State: "allocated,reserved" },
  ]);
});

Deno.test("a claim forgets what was said of devices that it no longer has", async () => {
  await using server = await startHarness();
  await server.json("POST", CLAIMS, { body: of("ResourceClaim", { devices }) });
  const { driver, pool, device } = result;
  const said = [{ driver, pool, device, data: { speed: 1 } }];
  const status = (body: object) =>
    server.json("PATCH", `${CLAIMS}/a/status`, {
      body: { status: body, metadata: { labels: { not: "mine" } } },
    });
  const allocation = { devices: { results: [result] } };
  const given = await status({ allocation, devices: said });
  assert.deepEqual(given.status.devices[0].data, { speed: 1 });
  assert.equal(given.metadata.labels, undefined);
  const taken = await status({ allocation: null });
  assert.deepEqual(taken.status, {});
});

Deno.test("a claim's allocation must be of a request that there is", async () => {
  await using server = await startHarness();
  const body = of("ResourceClaim", { devices });
  await server.json("POST", CLAIMS, { body });
  const results = [{ ...result, request: "tpu" }];
  const answer = await server.ask("PATCH", `${CLAIMS}/a/status`, {
    body: { status: { allocation: { devices: { results } } } },
  });
  assert.deepEqual(await causesOf(answer), {
    status: 422,
    causes: [
      "status.allocation.devices.results[0].request: Invalid value: \"tpu\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
    ],
  });
});

Deno.test("a ResourceClaimTemplate cannot change", async () => {
  await using server = await startHarness();
  const path = `/apis/${GROUP}/namespaces/default/resourceclaimtemplates`;
  await server.json("POST", path, {
    body: of("ResourceClaimTemplate", { spec: { devices } }),
  });
  const answer = await server.ask("PATCH", `${path}/a`, {
    body: { spec: { spec: { devices: { requests: [] } } } },
  });
  const { status, causes } = await causesOf(answer);
  assert.equal(status, 422);
  assert.match(causes[0]!, /^spec: Invalid value: .*: field is immutable$/);
});

Deno.test("ResourceSlices are found by node and driver; new taints get their time", async () => {
  await using server = await startHarness();
  const path = `/apis/${GROUP}/resourceslices`;
  const made = await server.json("POST", path, {
    body: of("ResourceSlice", {
      driver: "gpu.example.com",
      nodeName: "n",
      pool: { name: "n", generation: 0, resourceSliceCount: 1 },
      devices: [{
        name: "gpu-0",
        taints: [{ key: "old", effect: "NoSchedule" }],
      }],
    }),
  });
  assert.match(made.spec.devices[0].taints[0].timeAdded, /^\d{4}-.*Z$/);
  assert.equal(made.metadata.generation, 1);
  const found = await tableOf(
    server,
    `${path}?fieldSelector=spec.nodeName=n,spec.driver=gpu.example.com`,
  );
  assert.deepEqual(found, [
    { Name: "a", Node: "n", Driver: "gpu.example.com", Pool: "n" },
  ]);
  assert.deepEqual(
    await tableOf(server, `${path}?fieldSelector=spec.nodeName=m`),
    [],
  );
});

import assert from "node:assert/strict";
import { bootstrap } from "./bootstrap.ts";
import { startHarness } from "./testing/harness.ts";

const SLICE =
  "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes";

Deno.test("bootstrap() makes the system's namespaces and the kubernetes service", async () => {
  await using server = await startHarness();
  const { items } = await server.json("GET", "/api/v1/namespaces");
  assert.deepEqual(
    items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ["default", "kube-node-lease", "kube-public", "kube-system"],
  );
  assert.deepEqual(items[0].metadata.labels, {
    "kubernetes.io/metadata.name": "default",
  });
  const service = await server.json(
    "GET",
    "/api/v1/namespaces/default/services/kubernetes",
  );
  assert.equal(service.spec.clusterIP, "10.43.0.1");
});

Deno.test("bootstrap() repairs the endpoints and writes nothing when all is well", async () => {
  await using server = await startHarness();
  const options = { serviceAddress: "10.43.0.1" };
  const at = (address: string) =>
    bootstrap(server.api, { ...options, endpoint: { address, port: 6443 } });
  await at("192.0.2.1");
  assert.equal(
    (await server.json("GET", SLICE)).endpoints[0].addresses[0],
    "192.0.2.1",
  );
  await at("192.0.2.2");
  assert.equal(
    (await server.json("GET", SLICE)).endpoints[0].addresses[0],
    "192.0.2.2",
  );
  const { revision } = server.api.store;
  await at("192.0.2.2");
  assert.equal(server.api.store.revision, revision);
});

Deno.test("bootstrap() takes back the name of the server's service from one at another address", async () => {
  await using server = await startHarness();
  const path = "/api/v1/namespaces/default/services";
  const impostor = (name: string, clusterIP: string) =>
    server.json("POST", path, {
      status: 201,
      body: {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name },
        spec: { clusterIP, ports: [{ port: 443 }] },
      },
    });
  const options = { serviceAddress: "10.43.0.1" };
  await server.json("DELETE", `${path}/kubernetes`);
  await impostor("kubernetes", "10.43.0.77");
  await bootstrap(server.api, options);
  const { spec } = await server.json("GET", `${path}/kubernetes`);
  assert.equal(spec.clusterIP, "10.43.0.1");

  await server.json("DELETE", `${path}/kubernetes`);
  await impostor("squatter", "10.43.0.1");
  await bootstrap(server.api, options);
  const { items } = await server.json("GET", path);
  assert.deepEqual(
    items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ["squatter"],
  );
});

Deno.test("bootstrap() takes a loopback endpoint only where they are allowed", async () => {
  const endpoint = { address: "127.0.0.1", port: 6443 };
  const options = { serviceAddress: "10.43.0.1", endpoint };
  await using strict = await startHarness();
  await assert.rejects(bootstrap(strict.api, options), /loopback/);
  await using open = await startHarness({ allowLoopbackEndpoints: true });
  await bootstrap(open.api, options);
});

Deno.test("bootstrap() makes the service network and the agents' runtimes known", async () => {
  await using server = await startHarness();
  const path = "/apis/networking.k8s.io/v1/servicecidrs/kubernetes";
  const { spec, status } = await server.json("GET", path);
  assert.deepEqual(spec, { cidrs: ["10.43.0.0/16"] });
  assert.equal(status.conditions[0].type, "Ready");
  assert.equal(status.conditions[0].status, "True");
  const classes = await server.json(
    "GET",
    "/apis/node.k8s.io/v1/runtimeclasses",
  );
  assert.deepEqual(
    classes.items.map((c: { handler: string }) => c.handler),
    ["deno", "wasmtime"],
  );
});

Deno.test("bootstrap() leaves a runtime class as the administrator wants it", async () => {
  await using server = await startHarness();
  const path = "/apis/node.k8s.io/v1/runtimeclasses/wasmtime";
  const scheduling = { nodeSelector: { place: "edge" } };
  await server.json("PATCH", path, { body: { scheduling } });
  await bootstrap(server.api, { serviceAddress: "10.43.0.1" });
  assert.deepEqual((await server.json("GET", path)).scheduling, scheduling);
});

Deno.test("bootstrap() tells the service network of this start when an older one had another", async () => {
  await using server = await startHarness();
  const networks = { ...server.api.networks, serviceCidr: "10.43.0.0/17" };
  const api = { ...server.api, networks };
  await bootstrap(api, { serviceAddress: "10.43.0.1" });
  const path = "/apis/networking.k8s.io/v1/servicecidrs/kubernetes";
  const { spec } = await server.json("GET", path);
  assert.deepEqual(spec, { cidrs: ["10.43.0.0/17"] });
});

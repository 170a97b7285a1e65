import assert from "node:assert/strict";
import { repairAddresses } from "./service_address.ts";
import { startHarness } from "../testing/harness.ts";

const SERVICES = "/api/v1/namespaces/default/services";

function service(name: string, spec: object = {}): object {
  return { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } };
}

Deno.test("ServiceHooks gives every service an address of its own when many come at once", async () => {
  // 30 addresses, one of which is the API server's.
  await using server = await startHarness({ serviceCidr: "10.43.0.0/27" });
  const made = await Promise.all(
    Array.from(
      { length: 29 },
      (_, i) => server.json("POST", SERVICES, { body: service(`s${i}`) }),
    ),
  );
  const addresses = made.map(({ spec }) => spec.clusterIP);
  assert.equal(new Set(addresses).size, 29);
  assert.ok(!addresses.includes("10.43.0.1"));
  assert.deepEqual(made[0].spec.clusterIPs, [made[0].spec.clusterIP]);
  const full = await server.json("POST", SERVICES, {
    body: service("more"),
    status: 500,
  });
  assert.match(full.message, /range is full/);
  await server.json("DELETE", `${SERVICES}/s3`);
  const next = await server.json("POST", SERVICES, { body: service("more") });
  assert.equal(next.spec.clusterIP, addresses[3]);
});

Deno.test("ServiceHooks refuses an address that is taken or foreign", async () => {
  await using server = await startHarness();
  await server.json("POST", SERVICES, {
    body: service("a", { clusterIP: "10.43.9.9" }),
  });
  const taken = await server.json("POST", SERVICES, {
    body: service("b", { clusterIP: "10.43.9.9" }),
    status: 422,
  });
  assert.match(taken.message, /provided IP is already allocated/);
  const foreign = await server.json("POST", SERVICES, {
    body: service("b", { clusterIP: "10.9.9.9" }),
    status: 422,
  });
  assert.match(
    foreign.message,
    /not in the valid range. The range of valid IPs is 10\.43\.0\.0\/16$/,
  );
});

Deno.test("ServiceHooks gives node ports and takes them back when the type changes", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", SERVICES, {
    body: service("a", { type: "NodePort" }),
  });
  const [{ nodePort }] = made.spec.ports;
  assert.ok(nodePort >= 30000 && nodePort <= 32767);
  const asked = service("b", {
    type: "NodePort",
    ports: [{ port: 80, nodePort }],
  });
  const taken = await server.json("POST", SERVICES, {
    body: asked,
    status: 422,
  });
  assert.match(taken.message, /provided port is already allocated/);
  // Neither address nor port changes by an update that names none.
  const kept = await server.json("PATCH", `${SERVICES}/a`, {
    body: { spec: { ports: [{ port: 80, protocol: "TCP", name: "web" }] } },
  });
  assert.equal(kept.spec.ports[0].nodePort, nodePort);
  assert.equal(kept.spec.clusterIP, made.spec.clusterIP);
  await server.json("PATCH", `${SERVICES}/a`, {
    body: { spec: { type: "ClusterIP" } },
  });
  const now = await server.json("POST", SERVICES, { body: asked });
  assert.equal(now.spec.ports[0].nodePort, nodePort);
});

Deno.test("ServiceHooks leaves headless and external services without an address", async () => {
  await using server = await startHarness();
  const headless = await server.json("POST", SERVICES, {
    body: service("h", { clusterIP: "None" }),
  });
  assert.deepEqual(headless.spec.clusterIPs, ["None"]);
  const external = await server.json("POST", SERVICES, {
    body: {
      metadata: { name: "e" },
      spec: { type: "ExternalName", externalName: "example.org" },
    },
  });
  assert.equal(external.spec.clusterIP, undefined);
});

Deno.test("ServiceHooks allocates nothing when it is a dry run", async () => {
  await using server = await startHarness();
  const revision = server.api.store.revision;
  const dry = await server.json("POST", `${SERVICES}?dryRun=All`, {
    body: service("a"),
  });
  assert.match(dry.spec.clusterIP, /^10\.43\./);
  assert.equal(server.api.store.revision, revision);
});

const ADDRESSES = "/apis/networking.k8s.io/v1/ipaddresses";

Deno.test("ServiceHooks shows each address that is taken as an IPAddress of its service", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", SERVICES, { body: service("web") });
  const at = `${ADDRESSES}/${made.spec.clusterIP}`;
  const { spec, metadata } = await server.json("GET", at);
  assert.deepEqual(spec.parentRef, {
    resource: "services",
    namespace: "default",
    name: "web",
  });
  assert.ok(metadata.uid && metadata.creationTimestamp);
  const managed = "ipaddress.kubernetes.io/managed-by=ipallocator.k8s.io";
  const { items } = await server.json(
    "GET",
    `${ADDRESSES}?labelSelector=${managed}`,
  );
  // The other one is that of the API server.
  assert.equal(items.length, 2);
  const refused = await server.json("DELETE", at, { status: 403 });
  assert.match(
    refused.message,
    /the address is in use by the service default\/web$/,
  );
  await server.json("DELETE", `${SERVICES}/web`);
  await server.json("GET", at, { status: 404 });
});

Deno.test("ServiceHooks gives no address that somebody has kept for himself", async () => {
  await using server = await startHarness();
  await server.json("POST", ADDRESSES, {
    body: {
      apiVersion: "networking.k8s.io/v1",
      kind: "IPAddress",
      metadata: { name: "10.43.9.9" },
      spec: { parentRef: { resource: "printers", name: "p" } },
    },
  });
  const answer = await server.json("POST", SERVICES, {
    body: service("a", { clusterIP: "10.43.9.9" }),
    status: 422,
  });
  assert.match(answer.message, /provided IP is already allocated/);
  await server.json("DELETE", `${ADDRESSES}/10.43.9.9`);
  await server.json("POST", SERVICES, {
    body: service("a", { clusterIP: "10.43.9.9" }),
  });
});

Deno.test("repairAddresses() gives a service the row that it lacks, and writes nothing when all is well", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", SERVICES, { body: service("web") });
  const { host, store } = server.api;
  const key = `networking/ipaddresses/${made.spec.clusterIP}`;
  await store.transact([key], (transaction) => transaction.delete(key));
  await repairAddresses(host, store);
  const at = `${ADDRESSES}/${made.spec.clusterIP}`;
  assert.equal((await server.json("GET", at)).spec.parentRef.name, "web");
  const { revision } = store;
  await repairAddresses(host, store);
  assert.equal(store.revision, revision);
});

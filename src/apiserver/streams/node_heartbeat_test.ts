import assert from "node:assert/strict";
import { startHarness } from "../testing/harness.ts";
import { NodeHeartbeat, RENEW_AT_MOST_EVERY_MS } from "./node_heartbeat.ts";

const LEASE =
  "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1";

Deno.test("heard() renews the lease of a node, which belongs to the Node as it is now", async () => {
  await using server = await startHarness();
  const heartbeat = new NodeHeartbeat(server.api, "n1");
  const node = () =>
    server.json("POST", "/api/v1/nodes", {
      body: { metadata: { name: "n1" }, spec: {} },
    });
  heartbeat.heard();
  await server.host.settle();
  await server.json("GET", LEASE, { status: 404 });

  const first = await node();
  heartbeat.heard(); // the very next sign of life counts
  await server.host.settle();
  const lease = await server.json("GET", LEASE);
  assert.deepEqual(lease.metadata.ownerReferences, [
    { apiVersion: "v1", kind: "Node", name: "n1", uid: first.metadata.uid },
  ]);
  assert.equal(lease.spec.holderIdentity, "n1");

  await server.json("DELETE", "/api/v1/nodes/n1");
  const second = await node();
  await server.host.advance(RENEW_AT_MOST_EVERY_MS);
  heartbeat.heard();
  await server.host.settle();
  const { metadata, spec } = await server.json("GET", LEASE);
  assert.equal(metadata.ownerReferences[0].uid, second.metadata.uid);
  assert.notEqual(spec.renewTime, lease.spec.renewTime);
});

Deno.test("heard() neither renews nor makes a lease for a node that is gone", async () => {
  await using server = await startHarness();
  const heartbeat = new NodeHeartbeat(server.api, "n1");
  await server.json("POST", "/api/v1/nodes", {
    body: { metadata: { name: "n1" }, spec: {} },
  });
  heartbeat.heard();
  await server.host.settle();
  const { spec } = await server.json("GET", LEASE);
  await server.json("DELETE", "/api/v1/nodes/n1");
  for (const act of ["is left alone", "is not made anew"]) {
    await server.host.advance(2 * RENEW_AT_MOST_EVERY_MS);
    heartbeat.heard();
    await server.host.settle();
    if (act === "is left alone") {
      const left = await server.json("GET", LEASE);
      assert.equal(left.spec.renewTime, spec.renewTime, act);
      await server.json("DELETE", LEASE);
    } else await server.json("GET", LEASE, { status: 404 });
  }
});

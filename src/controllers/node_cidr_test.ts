import assert from "node:assert/strict";
import { HostError } from "../base/host.ts";
import { NODES } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { CidrPool } from "./cidr_pool.ts";
import { NodeCidrReconciler } from "./node_cidr.ts";

const wireWith =
  (network: string) => ({ host, client, manager, recorder }: Bench): void => {
    const nodes = manager.informer(NODES);
    const reconciler = new NodeCidrReconciler({
      client,
      nodes,
      recorder,
      pool: new CidrPool(network),
    });
    manager.add(
      new Controller(host, reconciler, { concurrency: 1 })
        .watch(nodes, (change) => reconciler.keysOfNode(change)),
    );
  };
const wire = wireWith("10.42.0.0/16");

const node = (api: FakeApi, name: string, spec = {}) =>
  api.put("/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name },
    spec,
  });

const cidrs = (api: FakeApi): Record<string, string> =>
  Object.fromEntries(
    api.objects("nodes").map((
      { metadata, spec },
    ) => [metadata.name, spec.podCIDR]),
  );

function assertAllDifferent(api: FakeApi): void {
  const all = Object.values(cidrs(api));
  assert.ok(all.every((cidr) => cidr !== undefined));
  assert.equal(new Set(all).size, all.length);
}

Deno.test("CidrPool.part() and touched() are each other's inverse", () => {
  const pool = new CidrPool("10.42.0.0/16");
  assert.equal(pool.size, 256);
  assert.equal(pool.part(0), "10.42.0.0/24");
  assert.equal(pool.part(255), "10.42.255.0/24");
  assert.deepEqual(pool.touched("10.42.7.0/24"), { first: 7, last: 7 });
  assert.deepEqual(pool.touched("10.42.8.0/22"), { first: 8, last: 11 });
  assert.deepEqual(pool.touched("10.42.3.128/25"), { first: 3, last: 3 });
  assert.equal(pool.touched("10.43.0.0/24"), undefined);
  assert.equal(new CidrPool("127.64.0.0/16").part(1), "127.64.1.0/24");
});

Deno.test("CidrPool refuses what it cannot cut", () => {
  for (
    const network of ["10.42.0.0", "10.42.0.0/25", "10.300.0.0/16", "fd00::/48"]
  ) {
    assert.throws(() => new CidrPool(network), RangeError, network);
  }
});

Deno.test("NodeCidrReconciler gives each node a network of its own, once", () =>
  withBench(wire, async ({ host, api, writes }) => {
    for (let i = 0; i < 100; i++) node(api, `n${i}`);
    await host.settle();
    assertAllDifferent(api);
    assert.equal(cidrs(api).n0, "10.42.0.0/24");
    assert.deepEqual(api.object("/api/v1/nodes/n0").spec.podCIDRs, [
      "10.42.0.0/24",
    ]);
    assert.equal(writes().length, 100);
    api.change(
      "/api/v1/nodes/n5",
      ({ metadata }) => metadata.labels = { a: "b" },
    );
    await host.advance(60_000);
    assert.deepEqual(writes(), []);
  }));

Deno.test("NodeCidrReconciler knows after a restart what is taken", () =>
  withBench(wire, async ({ host, api }) => {
    node(api, "new");
    await host.settle();
    assert.equal(cidrs(api).new, "10.42.1.0/24");
  }, (api) => {
    node(api, "old", { podCIDR: "10.42.0.0/24", podCIDRs: ["10.42.0.0/24"] });
    node(api, "other", { podCIDR: "10.42.2.0/23" });
  }));

Deno.test("NodeCidrReconciler gives no part twice when its cache is late or an answer is lost", () =>
  withBench(wire, async ({ host, api }) => {
    let answers = 0;
    const fetch = api.fetch.bind(api);
    api.fetch = async (request) => {
      const response = await fetch(request);
      if (request.method === "PATCH" && answers++ % 3 === 0) {
        throw new HostError("closed", "Connection broke");
      }
      return response;
    };
    for (let i = 0; i < 20; i++) {
      node(api, `n${i}`);
      if (i === 8) api.holdEvents();
      if (i === 14) api.releaseEvents();
      await host.advance(7);
    }
    await host.advance(60_000);
    assertAllDifferent(api);
  }));

Deno.test("NodeCidrReconciler says that there is no part left, and gives one when a node goes", () =>
  withBench(wireWith("10.42.0.0/23"), async ({ host, api, events }) => {
    for (const name of ["a", "b", "c"]) node(api, name);
    await host.settle();
    assert.equal(cidrs(api).c, undefined);
    assert.deepEqual(await events(), [
      "Normal CIDRNotAvailable Node c status is now: CIDRNotAvailable",
    ]);
    assert.equal(host.timers, 0);
    api.remove("/api/v1/nodes/a");
    await host.settle();
    assert.equal(cidrs(api).c, "10.42.0.0/24");
  }));

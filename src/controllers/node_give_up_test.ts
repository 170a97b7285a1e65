import assert from "node:assert/strict";
import { NODES } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { NodeGiveUpReconciler } from "./node_give_up.ts";
import { ZoneDisruption } from "./zone_disruption.ts";

function wire({ host, client, manager }: Bench): void {
  const nodes = manager.informer(NODES);
  const reconciler = new NodeGiveUpReconciler(host, { client, nodes });
  manager.add(
    new Controller(host, reconciler, { concurrency: 1 })
      .watch(nodes, (change) => reconciler.keysOfNode(change)),
  );
}

function node(name: string, ready: string, zone?: string) {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      ...zone && { labels: { "topology.kubernetes.io/zone": zone } },
    },
    spec: {},
    status: { conditions: [{ type: "Ready", status: ready }] },
  };
}

function setReady(api: FakeApi, name: string, status: string): void {
  api.change(`/api/v1/nodes/${name}`, (node) => {
    node.status.conditions[0].status = status;
  });
}

const taints = (api: FakeApi): Record<string, string[]> =>
  Object.fromEntries(
    api.objects("nodes").map(({ metadata, spec }) => [
      metadata.name,
      (spec.taints ?? []).map((taint: { key: string }) =>
        taint.key.replace("node.kubernetes.io/", "")
      ),
    ]),
  );

const put = (api: FakeApi, nodes: ReturnType<typeof node>[]) => {
  for (const one of nodes) api.put("/api/v1/nodes", one);
};

Deno.test("NodeGiveUpReconciler taints a lost node, follows what is wrong, and takes the taint off when it is back", () =>
  withBench(wire, async ({ host, api, writes }) => {
    setReady(api, "n1", "Unknown");
    await host.advance(4_000);
    setReady(api, "n1", "True");
    await host.advance(60_000);
    assert.deepEqual(writes(), []); // back at once
    setReady(api, "n1", "Unknown");
    await host.advance(5_000);
    assert.deepEqual(taints(api), { n1: ["unreachable"], n2: [] });
    assert.equal(
      api.object("/api/v1/nodes/n1").spec.taints[0].effect,
      "NoExecute",
    );
    setReady(api, "n1", "False");
    await host.settle();
    assert.deepEqual(taints(api).n1, ["not-ready"]);
    setReady(api, "n1", "True");
    await host.settle();
    assert.deepEqual(taints(api).n1, []);
    writes();
    await host.advance(3_600_000);
    assert.deepEqual(writes(), []);
  }, (api) => put(api, [node("n1", "True"), node("n2", "True")])));

Deno.test("NodeGiveUpReconciler gives up a zone's nodes ten seconds apart, and zones beside each other", () =>
  withBench(wire, async ({ host, api }) => {
    for (const name of ["a1", "a2", "b1"]) setReady(api, name, "Unknown");
    await host.advance(5_000);
    const lost = () =>
      Object.entries(taints(api)).filter(([, keys]) => keys.length > 0)
        .map(([name]) => name).sort();
    assert.equal(lost().length, 2);
    assert.ok(lost().includes("b1"));
    await host.advance(9_000);
    assert.equal(lost().length, 2);
    await host.advance(2_000);
    assert.deepEqual(lost(), ["a1", "a2", "b1"]);
  }, (api) =>
    put(api, [
      node("a1", "True", "a"),
      node("a2", "True", "a"),
      node("a3", "True", "a"),
      node("b1", "True", "b"),
      node("b2", "True", "b"),
    ])));

Deno.test("NodeGiveUpReconciler gives nobody up when all are lost, and takes back what it did", () =>
  withBench(wire, async ({ host, api }) => {
    setReady(api, "n1", "Unknown");
    await host.advance(5_000);
    assert.deepEqual(taints(api), { n1: ["unreachable"], n2: [] });
    setReady(api, "n2", "Unknown");
    await host.settle();
    await host.advance(60_000);
    assert.deepEqual(taints(api), { n1: [], n2: [] });
    setReady(api, "n2", "True");
    await host.advance(20_000);
    assert.deepEqual(taints(api), { n1: ["unreachable"], n2: [] });
  }, (api) => put(api, [node("n1", "True"), node("n2", "True")])));

Deno.test("ZoneDisruption stops in a small zone of which most is lost, and goes slowly in a large one", () => {
  const zone = (ready: number, lost: number) =>
    new ZoneDisruption([
      ...Array.from({ length: ready }, (_, i) => node(`r${i}`, "True", "z")),
      ...Array.from({ length: lost }, (_, i) => node(`l${i}`, "False", "z")),
      node("elsewhere", "True", "y"),
    ]);
  const every = (ready: number, lost: number) =>
    zone(ready, lost).everyMs(":z");
  assert.equal(every(1, 2), 10_000); // few are never a disruption
  assert.equal(every(2, 3), Infinity);
  assert.equal(every(3, 3), 10_000);
  assert.equal(every(20, 31), 100_000);
  assert.equal(every(0, 5), 10_000); // the whole zone, while others are there
  assert.equal(zone(0, 5).state(":z"), "full");
});

import assert from "node:assert/strict";
import type { Taint, Toleration } from "../api/core/toleration.ts";
import { NODES } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { podInformer } from "../loop/shared_informers.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { TaintEvictionReconciler } from "./taint_eviction.ts";

const UNREACHABLE: Taint = {
  key: "node.kubernetes.io/unreachable",
  effect: "NoExecute",
};
const PODS_PATH = "/api/v1/namespaces/default/pods";

function wire({ host, client, manager, recorder }: Bench): void {
  const nodes = manager.informer(NODES);
  const pods = podInformer(manager);
  const reconciler = new TaintEvictionReconciler(host, {
    client,
    nodes,
    pods,
    recorder,
  });
  manager.add(
    new Controller(host, reconciler)
      .watch(nodes, (change) => reconciler.keysOfNode(change))
      .watch(pods, (change) => reconciler.keysOfPod(change)),
  );
}

function node(api: FakeApi, options: {
  taints?: Taint[];
  annotations?: Record<string, string>;
} = {}): void {
  api.put("/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: "n1",
      ...options.annotations && { annotations: options.annotations },
    },
    spec: { ...options.taints && { taints: options.taints } },
  });
}

function pod(api: FakeApi, options: {
  name?: string;
  tolerations?: Toleration[];
  annotations?: Record<string, string>;
} = {}): void {
  const { name = "web", tolerations, annotations } = options;
  api.put(PODS_PATH, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...annotations && { annotations } },
    spec: {
      nodeName: "n1",
      containers: [],
      ...tolerations && { tolerations },
    },
    status: { phase: "Running" },
  });
}

const FOR_300_S: Toleration = {
  key: UNREACHABLE.key,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
};
const names = (api: FakeApi) =>
  api.objects("pods").filter(({ metadata }) => !metadata.deletionTimestamp)
    .map(({ metadata }) => metadata.name).sort();

Deno.test("TaintEvictionReconciler deletes at once what tolerates nothing, tells why, and leaves the rest", () =>
  withBench(wire, async ({ host, api, events, writes }) => {
    pod(api, { name: "plain" });
    pod(api, { name: "calm", tolerations: [{ operator: "Exists" }] });
    node(api, {
      taints: [{ key: "room", value: "hot", effect: "NoExecute" }, {
        key: "other",
        effect: "NoSchedule",
      }],
    });
    await host.settle();
    assert.deepEqual(names(api), ["calm"]);
    assert.deepEqual(writes(), [
      `PATCH ${PODS_PATH}/plain/status`,
      `DELETE ${PODS_PATH}/plain`,
    ]);
    assert.deepEqual(await events(), [
      "Normal TaintManagerEviction Marking for deletion Pod default/plain",
    ]);
    const gone = api.object(`${PODS_PATH}/plain`);
    assert.ok(gone.metadata.deletionTimestamp);
    const [condition] = gone.status.conditions;
    assert.equal(condition.type, "DisruptionTarget");
    assert.equal(condition.reason, "DeletionByTaintManager");
    assert.equal(host.timers, 0);
  }));

Deno.test("TaintEvictionReconciler lets a pod stay for its tolerationSeconds, counted on when the taint turns into the other one", () =>
  withBench(wire, async ({ host, api }) => {
    node(api, { taints: [UNREACHABLE] });
    pod(api, {
      tolerations: [FOR_300_S, {
        ...FOR_300_S,
        key: "node.kubernetes.io/not-ready",
      }],
    });
    await host.settle();
    await host.advance(200_000);
    node(api, {
      taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoExecute" }],
    });
    await host.advance(99_000);
    assert.deepEqual(names(api), ["web"]);
    await host.advance(2_000);
    assert.deepEqual(names(api), []);
  }));

Deno.test("TaintEvictionReconciler cancels when the taint goes in time, and says so once", () =>
  withBench(wire, async ({ host, api, events, writes }) => {
    node(api, { taints: [UNREACHABLE] });
    pod(api, { tolerations: [FOR_300_S] });
    await host.advance(100_000);
    node(api);
    await host.settle();
    await host.advance(1_000_000);
    assert.deepEqual(names(api), ["web"]);
    assert.deepEqual(writes(), []);
    assert.deepEqual(await events(), [
      "Normal TaintManagerEviction Cancelling deletion of Pod default/web",
    ]);
    // Once more from the start.
    node(api, { taints: [UNREACHABLE] });
    await host.advance(299_000);
    assert.deepEqual(names(api), ["web"]);
    await host.advance(2_000);
    assert.deepEqual(names(api), []);
  }));

Deno.test("TaintEvictionReconciler keeps pods for as long as they or their node say, when the node is out of reach", () =>
  withBench(wire, async ({ host, api }) => {
    const forever = { "wherry.dev/offline-tolerance": "forever" };
    pod(api, { name: "own", tolerations: [FOR_300_S], annotations: forever });
    pod(api, {
      name: "short",
      tolerations: [FOR_300_S],
      annotations: { "wherry.dev/offline-tolerance": "10" },
    });
    pod(api, { name: "nodes", tolerations: [FOR_300_S] });
    node(api, {
      taints: [UNREACHABLE],
      annotations: { "wherry.dev/offline-tolerance": "3600" },
    });
    await host.settle();
    await host.advance(11_000);
    assert.deepEqual(names(api), ["nodes", "own"]);
    await host.advance(3_500_000);
    assert.deepEqual(names(api), ["nodes", "own"]);
    await host.advance(100_000);
    assert.deepEqual(names(api), ["own"]);
    // Other taints are another matter.
    node(api, {
      taints: [UNREACHABLE, { key: "fire", effect: "NoExecute" }],
    });
    await host.settle();
    assert.deepEqual(names(api), []);
  }));

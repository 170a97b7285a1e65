import assert from "node:assert/strict";
import { LEASES, NODES } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { podInformer } from "../loop/shared_informers.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { LEASE_NAMESPACE, NodeLifecycleReconciler } from "./node_lifecycle.ts";

const LEASE_PATH =
  `/apis/coordination.k8s.io/v1/namespaces/${LEASE_NAMESPACE}/leases`;

function wire({ host, client, manager, recorder }: Bench): void {
  const nodes = manager.informer(NODES);
  const leases = manager.informer(LEASES, { namespace: LEASE_NAMESPACE });
  const reconciler = new NodeLifecycleReconciler(host, {
    client,
    nodes,
    leases,
    pods: podInformer(manager),
    recorder,
  });
  manager.add(
    new Controller(host, reconciler).watch(nodes)
      .watch(leases, ({ key }) => [key.slice(LEASE_NAMESPACE.length + 1)]),
  );
}

function ready(api: FakeApi): void {
  api.put("/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n1" },
    spec: {},
    status: {
      conditions: [{
        type: "Ready",
        status: "True",
        reason: "KubeletReady",
        lastHeartbeatTime: "2026-01-01T00:00:00Z",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      }],
    },
  });
}

function renew(api: FakeApi, renewTime: string): void {
  api.put(LEASE_PATH, {
    metadata: { name: "n1", uid: "lease" },
    spec: { renewTime },
  });
}

function pod(api: FakeApi): void {
  api.put("/api/v1/namespaces/default/pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { nodeName: "n1", containers: [] },
    status: {
      phase: "Running",
      conditions: [{
        type: "Ready",
        status: "True",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      }],
    },
  });
}

const condition = (api: FakeApi, type: string) =>
  api.object("/api/v1/nodes/n1").status.conditions.find((
    held: { type: string },
  ) => held.type === type);

Deno.test("NodeLifecycleReconciler writes nothing while a node gives signs of life", () =>
  withBench(wire, async ({ host, api, writes }) => {
    ready(api);
    pod(api);
    for (let i = 0; i < 20; i++) {
      renew(api, `t${i}`);
      await host.advance(25_000);
    }
    assert.deepEqual(writes(), []);
  }));

Deno.test("NodeLifecycleReconciler sets a silent node to Unknown after 50 s and its pods to not ready, once", () =>
  withBench(wire, async ({ host, api, events, writes }) => {
    ready(api);
    pod(api);
    renew(api, "t1");
    await host.advance(49_999);
    assert.equal(condition(api, "Ready").status, "True");
    await host.advance(1);
    assert.deepEqual(condition(api, "Ready"), {
      type: "Ready",
      status: "Unknown",
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
      lastHeartbeatTime: "2026-01-01T00:00:00Z",
      lastTransitionTime: "2026-01-01T00:00:50Z",
    });
    assert.equal(
      condition(api, "MemoryPressure").reason,
      "NodeStatusNeverUpdated",
    );
    assert.deepEqual(api.object("/api/v1/nodes/n1").spec.taints, [{
      key: "node.kubernetes.io/unreachable",
      effect: "NoSchedule",
      timeAdded: "2026-01-01T00:00:50Z",
    }]);
    assert.deepEqual(api.objects("pods")[0].status.conditions, [{
      type: "Ready",
      status: "False",
      lastTransitionTime: "2026-01-01T00:00:50Z",
    }]);
    assert.deepEqual((await events()).sort(), [
      "Normal NodeNotReady Node n1 status is now: NodeNotReady",
      "Warning NodeNotReady Node is not ready",
    ]);
    writes();
    await host.advance(3_600_000);
    assert.deepEqual(writes(), []);
    assert.equal(host.timers, 0);
  }));

Deno.test("NodeLifecycleReconciler takes the taint away when the node is back, and watches it again", () =>
  withBench(wire, async ({ host, api }) => {
    ready(api);
    await host.advance(60_000);
    assert.equal(condition(api, "Ready").status, "Unknown");
    renew(api, "t2");
    await host.settle();
    api.change("/api/v1/nodes/n1", ({ status }) => {
      status.conditions = [{
        type: "Ready",
        status: "True",
        lastHeartbeatTime: "2026-01-01T00:01:00Z",
      }];
    });
    await host.settle();
    assert.equal(api.object("/api/v1/nodes/n1").spec.taints, undefined);
    await host.advance(50_000);
    assert.equal(condition(api, "Ready").status, "Unknown");
  }));

Deno.test("NodeLifecycleReconciler takes the pods along when a node says itself that it is not ready", () =>
  withBench(wire, async ({ host, api }) => {
    ready(api);
    pod(api);
    await host.settle();
    api.change(
      "/api/v1/nodes/n1",
      ({ status }) => status.conditions[0].status = "False",
    );
    await host.settle();
    assert.equal(api.objects("pods")[0].status.conditions[0].status, "False");
    assert.equal(
      api.object("/api/v1/nodes/n1").spec.taints[0].key,
      "node.kubernetes.io/not-ready",
    );
    // Only once: the node may know better about its pods than we.
    api.change(
      "/api/v1/namespaces/default/pods/web",
      ({ status }) => status.conditions[0].status = "True",
    );
    renew(api, "t3");
    await host.settle();
    assert.equal(api.objects("pods")[0].status.conditions[0].status, "True");
  }));

Deno.test("NodeLifecycleReconciler gives a node that never spoke a minute", () =>
  withBench(wire, async ({ host, api }) => {
    api.put("/api/v1/nodes", {
      metadata: { name: "n1" },
      spec: {},
      status: {},
    });
    await host.advance(59_999);
    assert.equal(api.object("/api/v1/nodes/n1").status.conditions, undefined);
    await host.advance(1);
    assert.equal(
      condition(api, "Ready").message,
      "Kubelet never posted node status.",
    );
    await host.advance(3_600_000);
    assert.equal(host.timers, 0);
  }));

Deno.test("NodeLifecycleReconciler keeps taints that people set", () =>
  withBench(wire, async ({ host, api, writes }) => {
    ready(api);
    api.change("/api/v1/nodes/n1", ({ spec }) => {
      spec.taints = [{ key: "mine", effect: "NoSchedule" }];
      spec.unschedulable = true;
    });
    await host.settle();
    assert.deepEqual(
      api.object("/api/v1/nodes/n1").spec.taints.map((
        { key }: { key: string },
      ) => key),
      ["mine", "node.kubernetes.io/unschedulable"],
    );
    api.change("/api/v1/nodes/n1", ({ spec }) => delete spec.unschedulable);
    await host.settle();
    assert.deepEqual(api.object("/api/v1/nodes/n1").spec.taints, [{
      key: "mine",
      effect: "NoSchedule",
    }]);
    writes();
    renew(api, "t");
    await host.settle();
    assert.deepEqual(writes(), []);
  }));

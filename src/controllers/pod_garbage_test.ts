import assert from "node:assert/strict";
import { NODES } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { podInformer } from "../loop/shared_informers.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { PodGarbageReconciler } from "./pod_garbage.ts";

const PODS = "/api/v1/namespaces/default/pods";

const wireWith =
  (terminatedLimit?: number) => ({ host, client, manager }: Bench): void => {
    const pods = podInformer(manager);
    const nodes = manager.informer(NODES);
    const reconciler = new PodGarbageReconciler(host, {
      client,
      pods,
      nodes,
      ...terminatedLimit === undefined ? {} : { terminatedLimit },
    });
    manager.add(
      new Controller(host, reconciler)
        .watch(nodes, (change) => reconciler.keysOfNode(change))
        .watch(pods, (change) => reconciler.keysOfPod(change)),
    );
  };

const pod = (
  api: FakeApi,
  name: string,
  spec = {},
  metadata = {},
  phase = "Running",
) =>
  api.put(PODS, {
    kind: "Pod",
    metadata: { name, ...metadata },
    spec,
    status: { phase },
  });
const node = (api: FakeApi, name: string) =>
  api.put("/api/v1/nodes", { metadata: { name }, spec: {} });
const names = (api: FakeApi) =>
  api.objects("pods").map(({ metadata }) => metadata.name);

Deno.test("PodGarbageReconciler deletes the pods of a node that has been gone for 40 s", () =>
  withBench(wireWith(), async ({ host, api, writes }) => {
    for (const name of ["a", "b"]) node(api, name);
    pod(api, "on-a", { nodeName: "a" });
    pod(api, "on-b", { nodeName: "b" });
    await host.settle();
    api.remove("/api/v1/nodes/a");
    await host.advance(39_999);
    assert.deepEqual(names(api), ["on-a", "on-b"]);
    await host.advance(1);
    assert.deepEqual(names(api), ["on-b"]);
    assert.deepEqual(writes(), [
      `PATCH ${PODS}/on-a/status`,
      `DELETE ${PODS}/on-a`,
    ]);
    await host.advance(60_000);
    assert.equal(host.timers, 0);
  }));

Deno.test("PodGarbageReconciler leaves the pods of a node that comes back", () =>
  withBench(wireWith(), async ({ host, api }) => {
    node(api, "a");
    pod(api, "on-a", { nodeName: "a" });
    await host.settle();
    api.remove("/api/v1/nodes/a");
    await host.advance(20_000);
    node(api, "a");
    await host.advance(60_000);
    assert.deepEqual(names(api), ["on-a"]);
    api.remove("/api/v1/nodes/a");
    await host.advance(39_000);
    assert.deepEqual(names(api), ["on-a"]);
  }));

Deno.test("PodGarbageReconciler asks the API before it believes that a node is gone", () =>
  withBench(wireWith(), async ({ host, api }) => {
    await host.settle();
    api.intercept = (request) =>
      request.url.includes("/nodes?")
        ? new Response("", { status: 503 })
        : undefined;
    api.endWatches("break");
    node(api, "late");
    await host.advance(2_000);
    pod(api, "p", { nodeName: "late" });
    await host.advance(120_000);
    assert.deepEqual(names(api), ["p"]);
  }));

Deno.test("PodGarbageReconciler deletes unassigned pods that are being deleted", () =>
  withBench(wireWith(), async ({ host, api }) => {
    pod(api, "waits");
    pod(api, "leaves", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    await host.settle();
    assert.deepEqual(names(api), ["waits"]);
  }));

Deno.test("PodGarbageReconciler keeps so many ended pods, the newest", () =>
  withBench(wireWith(2), async ({ host, api }) => {
    for (let i = 0; i < 5; i++) {
      pod(
        api,
        `p${i}`,
        {},
        { creationTimestamp: `2026-01-01T00:00:0${i}Z` },
        i % 2 ? "Failed" : "Succeeded",
      );
    }
    pod(api, "runs", {}, { creationTimestamp: "2025-01-01T00:00:00Z" });
    await host.settle();
    assert.deepEqual(names(api), ["p3", "p4", "runs"]);
  }));

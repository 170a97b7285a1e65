import assert from "node:assert/strict";
import { HostError } from "../base/host.ts";
import { NODES } from "../client/resources.ts";
import { podInformer } from "../loop/shared_informers.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { Scheduler } from "./scheduler.ts";

const PODS = "/api/v1/namespaces/default/pods";

function wire({ host, client, manager, recorder }: Bench): void {
  manager.addRunnable(
    new Scheduler(host, {
      client,
      pods: podInformer(manager),
      nodes: manager.informer(NODES),
      recorder,
    }),
  );
}

function node(
  api: FakeApi,
  name: string,
  { cpu = "2", memory = "4Gi", pods = "110", labels = {}, spec = {} } = {},
) {
  api.put("/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec,
    status: { allocatable: { cpu, memory, pods } },
  });
}

function pod(
  api: FakeApi,
  name: string,
  cpu = "100m",
  spec: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
) {
  api.put(PODS, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...metadata },
    spec: {
      containers: [{ name: "c", resources: { requests: { cpu } } }],
      ...spec,
    },
    status: { phase: "Pending" },
  });
}

const nodeOf = (api: FakeApi, name: string): string | undefined =>
  api.object(`${PODS}/${name}`).spec.nodeName;

const condition = (api: FakeApi, name: string) =>
  api.object(`${PODS}/${name}`).status.conditions?.find((
    { type }: { type: string },
  ) => type === "PodScheduled");

Deno.test("Scheduler binds a pod and tells it", () =>
  withBench(wire, async ({ host, api, events, writes }) => {
    node(api, "edge-1");
    pod(api, "web");
    await host.settle();
    assert.equal(nodeOf(api, "web"), "edge-1");
    assert.deepEqual(await events(), [
      "Normal Scheduled Successfully assigned default/web to edge-1",
    ]);
    assert.deepEqual(writes(), [`POST ${PODS}/web/binding`]);
    await host.advance(3_600_000);
    assert.deepEqual(writes(), []);
    assert.equal(host.timers, 0);
  }));

Deno.test("Scheduler says why a pod fits nowhere, once, and places it when a node frees up", () =>
  withBench(wire, async ({ host, api, events, writes }) => {
    node(api, "a", { cpu: "1" });
    node(api, "b", { cpu: "4", spec: { unschedulable: true } });
    node(api, "c", {
      cpu: "4",
      spec: { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] },
    });
    pod(api, "first", "800m");
    await host.settle();
    pod(api, "second", "800m");
    await host.settle();
    const message =
      "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. " +
      "preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.";
    assert.deepEqual(condition(api, "second"), {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message,
      lastTransitionTime: "2026-01-01T00:00:00Z",
    });
    assert.equal(
      (await events()).at(-1),
      `Warning FailedScheduling ${message}`,
    );
    writes();
    await host.advance(3_600_000);
    assert.deepEqual(writes(), []);
    assert.equal(host.timers, 0);
    api.remove(`${PODS}/first`);
    await host.settle();
    assert.equal(nodeOf(api, "second"), "a");
  }));

Deno.test("Scheduler says that there are no nodes, and places the pod when one comes", () =>
  withBench(wire, async ({ host, api }) => {
    pod(api, "web");
    await host.settle();
    assert.equal(
      condition(api, "web").message,
      "no nodes available to schedule pods",
    );
    node(api, "late");
    await host.advance(1_000);
    assert.equal(nodeOf(api, "web"), "late");
  }));

Deno.test("Scheduler waits longer after each failed attempt", () =>
  withBench(wire, async ({ host, api, recorder }) => {
    node(api, "a", { cpu: "1" });
    pod(api, "big", "2");
    await host.settle();
    const attempts = async () => {
      await recorder.flush();
      return api.objects("events").reduce((sum, { count }) => sum + count, 0);
    };
    assert.equal(await attempts(), 1);
    for (let i = 0; i < 8; i++) {
      // Wishes change, each worth a try, none with success.
      api.change(
        `${PODS}/big`,
        (pod) => pod.metadata.labels = { i: String(i) },
      );
      await host.advance(500);
    }
    // Waits of 1 s, 2 s, 4 s: tried at 0, 1 and 3 s of the four.
    assert.equal(await attempts(), 3);
  }));

Deno.test("Scheduler does not exceed a node while its watch is late", () =>
  withBench(wire, async ({ host, api }) => {
    node(api, "a", { cpu: "1" });
    await host.settle();
    for (let i = 0; i < 5; i++) pod(api, `p${i}`, "400m");
    await host.settle();
    const placed = () =>
      api.objects("pods").filter(({ spec }) => spec.nodeName);
    assert.equal(placed().length, 2);
    // A pod leaves; the watch is silent; the room must not be given away twice when it speaks again.
    api.holdEvents();
    api.remove(`${PODS}/${placed()[0].metadata.name}`);
    await host.advance(20_000);
    assert.equal(placed().length, 1);
    api.releaseEvents();
    await host.advance(20_000);
    assert.equal(placed().length, 2);
  }));

Deno.test("Scheduler looks up what became of a binding whose answer was lost", () =>
  withBench(wire, async ({ host, api }) => {
    node(api, "a", { cpu: "1" });
    await host.settle();
    let lost = 0;
    const fetch = api.fetch.bind(api);
    api.fetch = async (request) => {
      const response = await fetch(request);
      if (request.url.endsWith("/binding") && lost++ === 0) {
        throw new HostError("closed", "Connection broke");
      }
      return response;
    };
    pod(api, "a1", "600m");
    await host.settle();
    pod(api, "a2", "600m");
    await host.advance(10_000);
    assert.equal(nodeOf(api, "a1"), "a");
    assert.equal(nodeOf(api, "a2"), undefined);
    assert.equal(lost, 1);
  }));

Deno.test("Scheduler tries again after a binding was refused", () =>
  withBench(wire, async ({ host, api, events }) => {
    node(api, "a");
    await host.settle();
    let refusals = 2;
    api.intercept = (request) =>
      request.url.endsWith("/binding") && refusals-- > 0
        ? Response.json({ kind: "Status", code: 403, message: "not now" }, {
          status: 403,
        })
        : undefined;
    pod(api, "web");
    await host.advance(10_000);
    assert.equal(nodeOf(api, "web"), "a");
    assert.ok((await events()).includes("Warning FailedScheduling not now"));
  }));

Deno.test("Scheduler leaves pods alone that are not its own", () =>
  withBench(wire, async ({ host, api, writes }) => {
    node(api, "a");
    pod(api, "other", "1m", { schedulerName: "mine" });
    pod(api, "gated", "1m", { schedulingGates: [{ name: "wait" }] });
    pod(api, "leaving", "1m", {}, {
      deletionTimestamp: "2026-01-01T00:00:00Z",
    });
    await host.settle();
    assert.deepEqual(writes(), []);
    api.change(`${PODS}/gated`, (pod) => delete pod.spec.schedulingGates);
    await host.settle();
    assert.equal(nodeOf(api, "gated"), "a");
  }));

Deno.test("Scheduler places important pods first", () =>
  withBench(wire, async ({ host, api }) => {
    pod(api, "low", "600m", { priority: 1 });
    pod(api, "high", "600m", { priority: 10 });
    await host.advance(5_000);
    node(api, "a", { cpu: "1" });
    await host.settle();
    assert.equal(nodeOf(api, "high"), "a");
    assert.equal(nodeOf(api, "low"), undefined);
  }));

Deno.test("Scheduler spreads the pods of one owner over the nodes", () =>
  withBench(wire, async ({ host, api }) => {
    for (const name of ["a", "b", "c"]) node(api, name);
    await host.settle();
    for (let i = 0; i < 6; i++) {
      pod(api, `web-${i}`, "100m", {}, {
        ownerReferences: [{
          kind: "ReplicaSet",
          name: "web",
          uid: "u",
          controller: true,
        }],
      });
    }
    await host.settle();
    const counts = new Map<string, number>();
    for (const { spec } of api.objects("pods")) {
      counts.set(spec.nodeName, (counts.get(spec.nodeName) ?? 0) + 1);
    }
    assert.deepEqual([...counts.values()], [2, 2, 2]);
  }));

Deno.test("Scheduler tries a pod again when the pods that it depends on come", () =>
  withBench(wire, async ({ host, api }) => {
    node(api, "a", { labels: { host: "a" } });
    node(api, "b", { labels: { host: "b" } });
    await host.settle();
    pod(api, "client", "1m", {
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{
            topologyKey: "host",
            labelSelector: { matchLabels: { app: "db" } },
          }],
        },
      },
    });
    await host.settle();
    assert.match(
      condition(api, "client").message,
      /2 node\(s\) didn't match pod affinity rules\./,
    );
    pod(api, "db", "1m", { nodeName: "b" }, { labels: { app: "db" } });
    await host.advance(1_000);
    assert.equal(nodeOf(api, "client"), "b");
  }));

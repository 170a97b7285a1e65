import assert from "node:assert/strict";
import { PODS, REPLICA_SETS } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { POD_INDEXES } from "../loop/owners.ts";
import { ReplicaReconciler } from "./replica_reconciler.ts";
import { REPLICA_SET_KIND } from "./replica_set.ts";

const SETS = "/apis/apps/v1/namespaces/default/replicasets";
const POD_PATH = "/api/v1/namespaces/default/pods";

let reconciler: ReplicaReconciler<never>;

function wire({ host, client, manager, recorder }: Bench): void {
  const owners = manager.informer(REPLICA_SETS);
  const pods = manager.informer(PODS, { indexes: POD_INDEXES });
  const made = new ReplicaReconciler(host, {
    client,
    kind: REPLICA_SET_KIND,
    owners,
    pods,
    recorder,
  });
  reconciler = made as unknown as ReplicaReconciler<never>;
  manager.add(
    new Controller(host, made)
      .watch(owners)
      .watch(pods, (change) => made.keysOfPod(change)),
  );
}

function put(
  api: FakeApi,
  replicas: number,
  more: Record<string, unknown> = {},
): void {
  api.put(SETS, {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web", uid: "rs-uid", generation: 1 },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "c", image: "i" }] },
      },
      ...more,
    },
  });
}

function setReplicas(api: FakeApi, replicas: number): void {
  api.change(`${SETS}/web`, (set) => {
    set.spec.replicas = replicas;
    set.metadata.generation = set.metadata.generation! + 1;
  });
}

function ready(api: FakeApi, name: string, since = "2026-01-01T00:00:00Z") {
  api.change(`${POD_PATH}/${name}`, (pod) => {
    pod.spec.nodeName ??= "n1";
    pod.status = {
      phase: "Running",
      conditions: [{
        type: "Ready",
        status: "True",
        lastTransitionTime: since,
      }],
    };
  });
}

const names = (api: FakeApi) =>
  api.objects("pods").map(({ metadata }) => metadata.name as string);

Deno.test("ReplicaReconciler creates what is missing, tells it, and writes nothing the second time", () =>
  withBench(wire, async ({ host, api, events, writes }) => {
    put(api, 3);
    await host.advance(0);
    const pods = api.objects("pods");
    assert.equal(pods.length, 3);
    for (const { metadata, spec } of pods) {
      assert.match(metadata.name, /^web-/);
      assert.deepEqual(metadata.labels, { app: "web" });
      assert.deepEqual(metadata.ownerReferences, [{
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        name: "web",
        uid: "rs-uid",
        controller: true,
        blockOwnerDeletion: true,
      }]);
      assert.deepEqual(spec.containers, [{ name: "c", image: "i" }]);
    }
    assert.deepEqual(
      (await events()).sort(),
      pods.map(({ metadata }) =>
        `Normal SuccessfulCreate Created pod: ${metadata.name}`
      ).sort(),
    );
    for (const name of names(api)) ready(api, name);
    await host.settle();
    assert.deepEqual(api.object(`${SETS}/web`).status, {
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
      observedGeneration: 1,
    });
    writes();
    const signal = new AbortController().signal;
    await reconciler.reconcile("default/web", signal);
    await reconciler.reconcile("default/web", signal);
    assert.deepEqual(writes(), []);
  }));

Deno.test("ReplicaReconciler creates and deletes the right number however late its cache of pods is", () =>
  withBench(wire, async ({ host, api }) => {
    put(api, 5);
    await host.settle();
    assert.equal(api.objects("pods").length, 5);
    // Wishes arrive, and each is a pass; what the passes did does not.
    api.holdEvents("pods");
    for (const replicas of [8, 9, 8]) {
      setReplicas(api, replicas);
      await host.settle();
      assert.equal(api.objects("pods").length, 8);
    }
    api.releaseEvents();
    await host.settle();
    assert.equal(api.objects("pods").length, 8);
    api.holdEvents("pods");
    for (const replicas of [3, 4, 3]) {
      setReplicas(api, replicas);
      await host.settle();
      assert.equal(api.objects("pods").length, 3);
    }
    // Still silent: looked at again after a while, and still nothing may be done.
    await host.advance(20_000);
    assert.equal(api.objects("pods").length, 3);
    api.releaseEvents();
    await host.advance(10_000);
    assert.equal(api.objects("pods").length, 3);
    assert.equal(host.timers, 0);
  }));

Deno.test("ReplicaReconciler does not act again before its cache shows what it did", () =>
  withBench(wire, async ({ host, api }) => {
    put(api, 2);
    await host.settle();
    // From here on the cache learns nothing, while the reconciler is run by hand.
    api.holdEvents();
    api.remove(`${POD_PATH}/${names(api)[0]}`);
    const signal = new AbortController().signal;
    for (let i = 0; i < 3; i++) {
      await reconciler.reconcile("default/web", signal);
    }
    assert.equal(api.objects("pods").length, 1);
    api.releaseEvents();
    await host.settle();
    assert.equal(api.objects("pods").length, 2);
  }));

Deno.test("ReplicaReconciler replaces pods that end or are being deleted", () =>
  withBench(wire, async ({ host, api }) => {
    put(api, 2);
    await host.settle();
    const [first, second] = names(api);
    api.change(
      `${POD_PATH}/${first}`,
      (pod) => pod.status = { phase: "Failed" },
    );
    api.change(`${POD_PATH}/${second}`, (pod) => {
      pod.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
    });
    await host.settle();
    assert.equal(api.objects("pods").length, 4);
    assert.equal(api.object(`${SETS}/web`).status.replicas, 2);
    assert.equal(api.object(`${SETS}/web`).status.terminatingReplicas, 1);
  }));

Deno.test("ReplicaReconciler gives up unready pods first", () =>
  withBench(wire, async ({ host, api, events }) => {
    put(api, 3);
    await host.settle();
    const [a, b, c] = names(api);
    ready(api, a!);
    ready(api, c!);
    await host.settle();
    setReplicas(api, 2);
    await host.settle();
    assert.deepEqual(names(api), [a, c]);
    assert.ok(
      (await events()).includes(`Normal SuccessfulDelete Deleted pod: ${b}`),
    );
  }));

Deno.test("ReplicaReconciler adopts matching orphans and releases what no longer matches", () =>
  withBench(wire, async ({ host, api }) => {
    api.put(POD_PATH, {
      metadata: { name: "stray", labels: { app: "web" } },
      spec: { containers: [] },
      status: { phase: "Running" },
    });
    put(api, 1);
    await host.settle();
    assert.deepEqual(names(api), ["stray"]);
    assert.equal(
      api.objects("pods")[0].metadata.ownerReferences[0].uid,
      "rs-uid",
    );
    api.change(
      `${POD_PATH}/stray`,
      (pod) => pod.metadata.labels = { app: "debug" },
    );
    await host.settle();
    assert.deepEqual(
      api.object(`${POD_PATH}/stray`).metadata.ownerReferences,
      [],
    );
    assert.equal(api.objects("pods").length, 2);
  }));

Deno.test("ReplicaReconciler adopts nothing for a set that is gone and only its cache still shows", () =>
  withBench(wire, async ({ host, api }) => {
    put(api, 1);
    await host.settle();
    api.holdEvents("replicasets");
    api.remove(`${SETS}/web`);
    api.put(POD_PATH, {
      metadata: { name: "stray", labels: { app: "web" } },
      spec: { containers: [] },
      status: { phase: "Running" },
    });
    await host.advance(1_000);
    assert.equal(
      api.object(`${POD_PATH}/stray`).metadata.ownerReferences,
      undefined,
    );
    api.releaseEvents();
    await host.advance(10_000);
    assert.equal(host.timers, 0);
  }));

Deno.test("ReplicaReconciler leaves pods of another controller alone", () =>
  withBench(wire, async ({ host, api }) => {
    api.put(POD_PATH, {
      metadata: {
        name: "other",
        labels: { app: "web" },
        ownerReferences: [{
          kind: "Job",
          name: "j",
          uid: "j-uid",
          controller: true,
        }],
      },
      spec: { containers: [] },
    });
    put(api, 1);
    await host.settle();
    assert.equal(api.objects("pods").length, 2);
    assert.equal(
      api.object(`${POD_PATH}/other`).metadata.ownerReferences.length,
      1,
    );
  }));

Deno.test("ReplicaReconciler tells why pods cannot be created, after few tries, and recovers", () =>
  withBench(wire, async ({ host, api, events }) => {
    api.intercept = (request) =>
      request.method === "POST" && request.url.endsWith("/pods")
        ? Response.json({
          kind: "Status",
          code: 403,
          reason: "Forbidden",
          message: 'pods "web-" is forbidden: exceeded quota',
        }, { status: 403 })
        : undefined;
    const tries = () =>
      api.requests.filter((line) => line === `POST ${POD_PATH}`).length;
    put(api, 100);
    await host.settle();
    assert.ok(tries() <= 2, `${tries()} tries in the first pass`);
    assert.deepEqual(api.object(`${SETS}/web`).status.conditions, [{
      type: "ReplicaFailure",
      status: "True",
      lastTransitionTime: "2026-01-01T00:00:00Z",
      reason: "FailedCreate",
      message: 'pods "web-" is forbidden: exceeded quota',
    }]);
    assert.deepEqual(await events(), [
      'Warning FailedCreate Error creating: pods "web-" is forbidden: exceeded quota',
    ]);
    api.intercept = () => undefined;
    await host.advance(60_000);
    assert.equal(api.objects("pods").length, 100);
    assert.equal(api.object(`${SETS}/web`).status.conditions, undefined);
  }));

Deno.test("ReplicaReconciler counts a pod as available after minReadySeconds", () =>
  withBench(wire, async ({ host, api }) => {
    put(api, 1, { minReadySeconds: 10 });
    await host.settle();
    ready(api, names(api)[0]!);
    await host.settle();
    assert.equal(api.object(`${SETS}/web`).status.readyReplicas, 1);
    assert.equal(api.object(`${SETS}/web`).status.availableReplicas, undefined);
    await host.advance(10_000);
    assert.equal(api.object(`${SETS}/web`).status.availableReplicas, 1);
    assert.equal(host.timers, 0);
  }));

Deno.test("ReplicaReconciler leaves the pods of a set that is being deleted to the garbage collector", () =>
  withBench(wire, async ({ host, api, writes }) => {
    put(api, 2);
    await host.settle();
    api.change(`${SETS}/web`, (set) => {
      set.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
      set.spec.replicas = 5;
    });
    await host.settle();
    writes();
    api.remove(`${POD_PATH}/${names(api)[0]}`);
    await host.settle();
    assert.equal(api.objects("pods").length, 1);
  }));

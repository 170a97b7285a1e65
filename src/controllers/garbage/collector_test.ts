import assert from "node:assert/strict";
import { ALL_KINDS } from "../../api/registry.ts";
import { type Bench, withBench } from "../../testing/controller_bench.ts";
import type { FakeApi } from "../../testing/fake_api.ts";
import { addGarbageCollector } from "./mod.ts";

const NS = "/api/v1/namespaces/default";
const APPS = "/apis/apps/v1/namespaces/default";
const PATHS: Record<string, [path: string, apiVersion: string]> = {
  Deployment: [`${APPS}/deployments`, "apps/v1"],
  ReplicaSet: [`${APPS}/replicasets`, "apps/v1"],
  Pod: [`${NS}/pods`, "v1"],
  ConfigMap: [`${NS}/configmaps`, "v1"],
  Node: ["/api/v1/nodes", "v1"],
};

function wire({ host, client, manager }: Bench): void {
  addGarbageCollector(host, manager, { client, kinds: ALL_KINDS });
}

interface Owner {
  kind: string;
  name: string;
  uid?: string;
  block?: boolean;
}

/** Puts `Kind/name` with owners there. */
function put(
  api: FakeApi,
  what: string,
  owners: Owner[] = [],
  metadata = {},
): void {
  const [kind, name] = what.split("/") as [string, string];
  const [path, apiVersion] = PATHS[kind]!;
  api.put(path, {
    apiVersion,
    kind,
    metadata: {
      name,
      uid: `uid-${name}`,
      ...owners.length === 0 ? {} : {
        ownerReferences: owners.map((owner) => ({
          apiVersion: PATHS[owner.kind]?.[1] ?? "example.dev/v1",
          kind: owner.kind,
          name: owner.name,
          uid: owner.uid ?? `uid-${owner.name}`,
          ...owner.block ? { blockOwnerDeletion: true } : {},
        })),
      },
      ...metadata,
    },
    spec: {},
  });
}

/** Deployment d, replica set r, pods p1 and p2. */
function chain(api: FakeApi, block = false): void {
  put(api, "Deployment/d");
  put(api, "ReplicaSet/r", [{ kind: "Deployment", name: "d", block }]);
  for (const name of ["p1", "p2"]) {
    put(api, `Pod/${name}`, [{ kind: "ReplicaSet", name: "r", block }]);
  }
}

const left = (api: FakeApi) =>
  ["deployments", "replicasets", "pods", "configmaps", "nodes"]
    .flatMap((plural) => api.objects(plural)).map(({ metadata }) =>
      metadata.name
    );

const request = ({ client }: Bench, path: string, propagationPolicy: string) =>
  client.raw(path, {
    method: "DELETE",
    body: JSON.stringify({ propagationPolicy }),
  });

Deno.test("GarbageReconciler leaves alone what is in order, without a question", () =>
  withBench(wire, async ({ host, api, writes }) => {
    await host.settle();
    const before = api.requests.length;
    api.change(`${NS}/pods/p1`, ({ metadata }) => metadata.labels = { a: "b" });
    await host.advance(3_600_000);
    assert.deepEqual(writes(), []);
    assert.equal(api.requests.length, before);
    assert.ok(
      !api.requests.some((line) =>
        line.startsWith("GET") && /pods\/p1/.test(line)
      ),
    );
    assert.equal(host.timers, 0);
  }, chain));

Deno.test("GarbageReconciler deletes what is owned by what is gone, down the chain", () =>
  withBench(wire, async ({ host, api }) => {
    api.remove(`${APPS}/deployments/d`);
    await host.settle();
    assert.deepEqual(left(api), []);
  }, chain));

Deno.test("GarbageReconciler deletes what names an owner that never was, or another of its name", () =>
  withBench(wire, async ({ host, api }) => {
    put(api, "ReplicaSet/r");
    put(api, "Pod/lost", [{ kind: "ReplicaSet", name: "gone" }]);
    put(api, "Pod/other", [{
      kind: "ReplicaSet",
      name: "r",
      uid: "uid-of-its-forerunner",
    }]);
    put(api, "Pod/fine", [{ kind: "ReplicaSet", name: "r" }]);
    await host.settle();
    assert.deepEqual(left(api), ["r", "fine"]);
  }));

Deno.test("GarbageReconciler deletes nothing whose owner only its watch has not shown", () =>
  withBench(wire, async ({ host, api }) => {
    await host.settle();
    // The pod's event comes, the owner's does not.
    api.intercept = (request) =>
      request.url.includes("/replicasets?")
        ? new Response("", { status: 503 })
        : undefined;
    api.endWatches("break");
    put(api, "ReplicaSet/r");
    put(api, "Pod/p", [{ kind: "ReplicaSet", name: "r" }]);
    await host.advance(120_000);
    assert.deepEqual(left(api), ["r", "p"]);
  }));

Deno.test("GarbageReconciler takes one reference away while another owner stands", () =>
  withBench(wire, async ({ host, api }) => {
    put(api, "ReplicaSet/a");
    put(api, "ReplicaSet/b");
    put(api, "Pod/p", [{ kind: "ReplicaSet", name: "a" }, {
      kind: "ReplicaSet",
      name: "b",
    }]);
    await host.settle();
    api.remove(`${APPS}/replicasets/a`);
    await host.settle();
    assert.deepEqual(
      api.object(`${NS}/pods/p`).metadata.ownerReferences.map((
        { name }: { name: string },
      ) => name),
      ["b"],
    );
    api.remove(`${APPS}/replicasets/b`);
    await host.settle();
    assert.deepEqual(left(api), []);
  }));

Deno.test("GarbageReconciler lets an owner go in the foreground only after what blocks it", () =>
  withBench(wire, async (bench) => {
    const { host, api } = bench;
    api.change(
      `${NS}/pods/p1`,
      ({ metadata }) => metadata.finalizers = ["example.dev/slow"],
    );
    await host.settle();
    await request(bench, `${APPS}/deployments/d`, "Foreground");
    await host.settle();
    assert.deepEqual(left(api), ["d", "r", "p1"]);
    assert.deepEqual(api.object(`${APPS}/replicasets/r`).metadata.finalizers, [
      "foregroundDeletion",
    ]);
    const path = `${NS}/pods/p1`;
    await bench.client.raw(path, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ metadata: { finalizers: null } }),
    });
    await host.settle();
    assert.deepEqual(left(api), []);
  }, (api) => chain(api, true)));

Deno.test("GarbageReconciler does not wait in the foreground for what does not block", () =>
  withBench(wire, async (bench) => {
    const { host, api } = bench;
    api.change(
      `${APPS}/replicasets/r`,
      ({ metadata }) => metadata.finalizers = ["example.dev/slow"],
    );
    await host.settle();
    await request(bench, `${APPS}/deployments/d`, "Foreground");
    await host.settle();
    assert.ok(!left(api).includes("d"));
    assert.ok(api.object(`${APPS}/replicasets/r`).metadata.deletionTimestamp);
  }, chain));

Deno.test("GarbageReconciler lets dependents go before an owner that orphans them", () =>
  withBench(wire, async (bench) => {
    const { host, api } = bench;
    await request(bench, `${APPS}/replicasets/r`, "Orphan");
    await host.settle();
    assert.deepEqual(left(api), ["d", "p1", "p2"]);
    assert.equal(
      api.object(`${NS}/pods/p1`).metadata.ownerReferences,
      undefined,
    );
  }, chain));

Deno.test("GarbageReconciler deletes nothing for an owner of a kind that is not served, nor for a reference that cannot be", () =>
  withBench(wire, async ({ host, api, writes }) => {
    put(api, "Pod/custom", [{ kind: "Widget", name: "w" }]);
    put(api, "Node/n", [{ kind: "ConfigMap", name: "c" }]);
    await host.advance(3_600_000);
    assert.deepEqual(left(api), ["custom", "n"]);
    assert.deepEqual(writes(), []);
    assert.equal(host.timers, 0);
  }));

Deno.test("GarbageReconciler asks once for an owner that is gone, whoever depends on it", () =>
  withBench(wire, async ({ host, api }) => {
    put(api, "ReplicaSet/r");
    for (let i = 0; i < 100; i++) {
      put(api, `Pod/p${i}`, [{ kind: "ReplicaSet", name: "r" }]);
    }
    await host.settle();
    api.requests.length = 0;
    api.remove(`${APPS}/replicasets/r`);
    await host.settle();
    assert.deepEqual(left(api), []);
    const asked = api.requests.filter((line) =>
      line === `GET ${APPS}/replicasets/r`
    ).length;
    assert.ok(asked <= 8, `${asked} questions`);
  }));

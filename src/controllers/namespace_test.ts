import assert from "node:assert/strict";
import { ALL_KINDS } from "../api/registry.ts";
import { NAMESPACES } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { podInformer } from "../loop/shared_informers.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { NamespaceReconciler } from "./namespace.ts";

const SHOP = "/api/v1/namespaces/shop";

function wire({ host, client, manager }: Bench): void {
  const namespaces = manager.informer(NAMESPACES);
  const reconciler = new NamespaceReconciler(host, {
    client,
    namespaces,
    kinds: () => ALL_KINDS,
  });
  manager.add(
    new Controller(host, reconciler).watch(namespaces)
      .watch(podInformer(manager), (change) => reconciler.keysOfPod(change)),
  );
}

function fill(api: FakeApi): void {
  api.put("/api/v1/namespaces", {
    kind: "Namespace",
    metadata: { name: "shop" },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  });
  api.put(`${SHOP}/configmaps`, { metadata: { name: "c" } });
  api.put("/apis/apps/v1/namespaces/shop/deployments", {
    metadata: { name: "d" },
  });
  api.put("/api/v1/namespaces/other/configmaps", {
    metadata: { name: "kept" },
  });
}

const condition = (api: FakeApi, type: string) =>
  api.object(SHOP).status.conditions?.find((held: { type: string }) =>
    held.type === type
  );

Deno.test("NamespaceReconciler leaves a namespace alone that is not being deleted", () =>
  withBench(wire, async ({ host, writes }) => {
    await host.advance(60_000);
    assert.deepEqual(writes(), []);
  }, fill));

Deno.test("NamespaceReconciler deletes what is in it, and nothing else, then lets it go", () =>
  withBench(wire, async ({ host, api, client }) => {
    await client.delete(NAMESPACES, { name: "shop" });
    await host.settle();
    assert.equal(api.object(SHOP), undefined);
    assert.deepEqual(
      api.objects("configmaps").map(({ metadata }) => metadata.name),
      ["kept"],
    );
    assert.deepEqual(api.objects("deployments"), []);
    assert.equal(host.timers, 0);
  }, fill));

Deno.test("NamespaceReconciler touches nothing but pods before the last pod is gone", () =>
  withBench(wire, async ({ host, api, client, writes }) => {
    await client.delete(NAMESPACES, { name: "shop" });
    await host.settle();
    assert.ok(api.object(`${SHOP}/pods/p`).metadata.deletionTimestamp);
    assert.ok(api.object(`${SHOP}/configmaps/c`));
    assert.deepEqual(condition(api, "NamespaceContentRemaining"), {
      type: "NamespaceContentRemaining",
      status: "True",
      lastTransitionTime: "2026-01-01T00:00:00Z",
      reason: "SomeResourcesRemain",
      message: "Some resources are remaining: pods. has 1 resource instances",
    });
    writes();
    await host.advance(60_000);
    assert.deepEqual(writes(), []);
    api.remove(`${SHOP}/pods/p`);
    await host.settle();
    assert.equal(api.object(SHOP), undefined);
  }, (api) => {
    fill(api);
    api.put(`${SHOP}/pods`, {
      metadata: { name: "p" },
      spec: { nodeName: "n" },
      status: { phase: "Running" },
    });
  }));

Deno.test("NamespaceReconciler says what waits for a finalizer, and what could not be deleted", () =>
  withBench(wire, async ({ host, api, client }) => {
    api.intercept = (request) =>
      request.method === "DELETE" && request.url.endsWith("/deployments")
        ? Response.json({ kind: "Status", code: 500, message: "no luck" }, {
          status: 500,
        })
        : undefined;
    await client.delete(NAMESPACES, { name: "shop" });
    await host.settle();
    assert.equal(
      condition(api, "NamespaceFinalizersRemaining").message,
      "Some content in the namespace has finalizers remaining: example.dev/hold in 1 resource instances",
    );
    assert.equal(
      condition(api, "NamespaceDeletionContentFailure").message,
      "Failed to delete all resource types, 1 remaining: no luck",
    );
    api.intercept = () => undefined;
    await host.advance(15_000);
    assert.equal(
      condition(api, "NamespaceDeletionContentFailure").status,
      "False",
    );
    await client.raw(`${SHOP}/configmaps/held`, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ metadata: { finalizers: null } }),
    });
    await host.advance(15_000);
    assert.equal(api.object(SHOP), undefined);
  }, (api) => {
    fill(api);
    api.put(`${SHOP}/configmaps`, {
      metadata: { name: "held", finalizers: ["example.dev/hold"] },
    });
  }));

Deno.test("NamespaceReconciler leaves a namespace to the finalizers of others", () =>
  withBench(wire, async ({ host, api, client, writes }) => {
    await client.delete(NAMESPACES, { name: "shop" });
    await host.settle();
    assert.deepEqual(api.object(SHOP).spec.finalizers, ["example.dev/mine"]);
    writes();
    await host.advance(60_000);
    assert.deepEqual(writes(), []);
  }, (api) => {
    fill(api);
    api.change(SHOP, ({ spec }) => spec.finalizers.push("example.dev/mine"));
  }));

import assert from "node:assert/strict";
import { withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { wireProtection } from "./protection_wiring.ts";

const SPACE = "/api/v1/namespaces/default";
const CLAIMS = `${SPACE}/persistentvolumeclaims`;
const VOLUMES = "/api/v1/persistentvolumes";
const CLASSES = "/apis/storage.k8s.io/v1/volumeattributesclasses";
const GOING = { deletionTimestamp: "2026-01-01T00:00:00Z" };

function putClaim(api: FakeApi, metadata: object, spec: object = {}) {
  api.put(CLAIMS, {
    metadata: {
      name: "data",
      finalizers: ["example.org/other", "kubernetes.io/pvc-protection"],
      ...metadata,
    },
    spec,
  });
}

function putPod(api: FakeApi, nodeName?: string) {
  const volumes = [{
    name: "v",
    persistentVolumeClaim: { claimName: "data" },
  }];
  api.put(`${SPACE}/pods`, {
    metadata: { name: "user", uid: "u" },
    spec: { containers: [], volumes, ...nodeName && { nodeName } },
  });
}

const finalizers = (api: FakeApi, plural: string) =>
  api.objects(plural)[0]?.metadata.finalizers;

Deno.test("pvc-protection keeps a claim until no pod on a node uses it", () =>
  withBench(wireProtection, async ({ host, api, writes }) => {
    await host.settle();
    assert.deepEqual(writes(), []);
    putClaim(api, GOING);
    await host.settle();
    assert.equal(finalizers(api, "persistentvolumeclaims")?.length, 2);
    api.remove(`${SPACE}/pods/user`);
    await host.settle();
    assert.deepEqual(finalizers(api, "persistentvolumeclaims"), [
      "example.org/other",
    ]);
    writes();
    await host.advance(60_000);
    assert.deepEqual(writes(), []);
  }, (api) => {
    putPod(api, "n");
    putClaim(api, {});
  }));

Deno.test("pvc-protection does not wait for a pod that has no node, and guards claims that nobody guards", () =>
  withBench(wireProtection, async ({ host, api }) => {
    await host.settle();
    assert.deepEqual(finalizers(api, "persistentvolumeclaims"), [
      "kubernetes.io/pvc-protection",
    ]);
    putClaim(api, GOING);
    await host.settle();
    assert.deepEqual(finalizers(api, "persistentvolumeclaims"), [
      "example.org/other",
    ]);
  }, (api) => {
    putPod(api);
    putClaim(api, { finalizers: [] });
  }));

Deno.test("pv-protection keeps a volume that is bound", () =>
  withBench(wireProtection, async ({ host, api }) => {
    const put = (phase: string) =>
      api.put(VOLUMES, {
        metadata: {
          name: "v",
          ...GOING,
          finalizers: ["kubernetes.io/pv-protection", "x/y"],
        },
        spec: {},
        status: { phase },
      });
    put("Bound");
    await host.settle();
    assert.equal(finalizers(api, "persistentvolumes")?.length, 2);
    put("Released");
    await host.settle();
    assert.deepEqual(finalizers(api, "persistentvolumes"), ["x/y"]);
  }));

Deno.test("vac-protection keeps a class that a claim names", () =>
  withBench(wireProtection, async ({ host, api }) => {
    putClaim(api, {}, { volumeAttributesClassName: "gold" });
    api.put(CLASSES, {
      metadata: {
        name: "gold",
        ...GOING,
        finalizers: ["kubernetes.io/vac-protection", "x/y"],
      },
    });
    await host.settle();
    assert.equal(finalizers(api, "volumeattributesclasses")?.length, 2);
    putClaim(api, {}, { volumeAttributesClassName: "silver" });
    await host.settle();
    assert.deepEqual(finalizers(api, "volumeattributesclasses"), ["x/y"]);
  }));

import assert from "node:assert/strict";
import { withBench } from "../../testing/controller_bench.ts";
import type { FakeApi } from "../../testing/fake_api.ts";
import { CLAIMS, PODS, putClaim, wire } from "../../testing/volume_objects.ts";

function putEphemeral(api: FakeApi, metadata: object = {}): void {
  api.put(PODS, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", uid: "u", ...metadata },
    spec: {
      containers: [],
      volumes: [{
        name: "scratch",
        ephemeral: {
          volumeClaimTemplate: {
            metadata: { labels: { a: "b" }, annotations: { c: "d" } },
            spec: { accessModes: ["ReadWriteOnce"] },
          },
        },
      }],
    },
    status: { phase: "Pending" },
  });
}

Deno.test("EphemeralClaims makes the claim of a pod's own volume, once, and again when it is deleted", () =>
  withBench(wire, async ({ host, api, writes }) => {
    putEphemeral(api);
    await host.settle();
    const { metadata, spec } = api.object(`${CLAIMS}/web-scratch`);
    assert.deepEqual(metadata.ownerReferences, [{
      apiVersion: "v1",
      kind: "Pod",
      name: "web",
      uid: "u",
      controller: true,
      blockOwnerDeletion: true,
    }]);
    assert.deepEqual([metadata.labels, metadata.annotations], [
      { a: "b" },
      { c: "d" },
    ]);
    assert.deepEqual(spec.accessModes, ["ReadWriteOnce"]);
    writes();
    api.change(`${PODS}/web`, (pod) => pod.status.phase = "Running");
    await host.settle();
    assert.deepEqual(writes(), []);
    api.remove(`${CLAIMS}/web-scratch`);
    await host.settle();
    assert.ok(api.object(`${CLAIMS}/web-scratch`));
    api.remove(`${PODS}/web`);
    api.remove(`${CLAIMS}/web-scratch`);
    await host.settle();
    assert.equal(api.object(`${CLAIMS}/web-scratch`), undefined);
  }));

Deno.test("EphemeralClaims takes no claim of somebody else, and says so", () =>
  withBench(wire, async ({ host, api, events }) => {
    putClaim(api, "web-scratch");
    await host.settle();
    putEphemeral(api);
    await host.settle();
    assert.ok(
      (await events()).includes(
        "Warning FailedBinding ephemeral volume scratch: PVC default/web-scratch was not created for pod default/web (pod is not owner)",
      ),
    );
    api.remove(`${CLAIMS}/web-scratch`);
    await host.advance(60_000);
    assert.equal(
      api.object(`${CLAIMS}/web-scratch`).metadata.ownerReferences[0].uid,
      "u",
    );
  }));

Deno.test("EphemeralClaims makes nothing for a pod that goes", () =>
  withBench(wire, async ({ host, api, writes }) => {
    putEphemeral(api, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    await host.settle();
    assert.deepEqual(writes(), []);
  }));

import assert from "node:assert/strict";
import { withBench } from "../../testing/controller_bench.ts";
import {
  CLAIMS,
  claimState,
  putClaim,
  putVolume,
  VOLUMES,
  wire,
} from "../../testing/volume_objects.ts";

Deno.test("ClaimExpansion writes the new size of a folder into volume and claim, and rests", () =>
  withBench(wire, async ({ host, api, events, writes }) => {
    putVolume(api, "disk");
    putClaim(api, "data");
    await host.settle();
    assert.equal(claimState(api, "data"), "Bound disk");
    api.change(
      `${CLAIMS}/data`,
      ({ spec }) => spec.resources.requests.storage = "3Gi",
    );
    await host.settle();
    assert.deepEqual(api.object(`${CLAIMS}/data`).status.capacity, {
      storage: "3Gi",
    });
    assert.deepEqual(api.object(`${VOLUMES}/disk`).spec.capacity, {
      storage: "3Gi",
    });
    assert.deepEqual(await events(), [
      "Normal VolumeResizeSuccessful ExpandVolume succeeded for volume default/data",
    ]);
    writes();
    await host.advance(60_000);
    assert.deepEqual(writes(), []);
  }));

Deno.test("ClaimExpansion leaves other volumes to those who have made them", () =>
  withBench(wire, async ({ host, api, events, writes }) => {
    putVolume(api, "disk", {
      spec: { hostPath: undefined, csi: { driver: "d", volumeHandle: "h" } },
    });
    putClaim(api, "data");
    await host.settle();
    api.change(
      `${CLAIMS}/data`,
      ({ spec }) => spec.resources.requests.storage = "3Gi",
    );
    writes();
    await host.advance(60_000);
    assert.deepEqual(writes(), []);
    assert.deepEqual(await events(), [
      "Warning ExternalExpanding waiting for an external controller to expand this PVC",
    ]);
  }));

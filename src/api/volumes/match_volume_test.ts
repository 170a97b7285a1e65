import assert from "node:assert/strict";
import type { PersistentVolume } from "../core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../core/persistent_volume_claim.ts";
import { findVolume, misfit } from "./match_volume.ts";

function volume(name: string, size: string, spec: object = {}) {
  return {
    metadata: { name },
    spec: {
      capacity: { storage: size },
      accessModes: ["ReadWriteOnce"],
      ...spec,
    },
    status: { phase: "Available" },
  } as PersistentVolume;
}

function claim(spec: object = {}) {
  return {
    metadata: { namespace: "default", name: "data", uid: "u" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      ...spec,
    },
  } as PersistentVolumeClaim;
}

const onNode = (name: string) => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{
        matchExpressions: [{ key: "host", operator: "In", values: [name] }],
      }],
    },
  },
});

const nameOf = (found: PersistentVolume | undefined) => found?.metadata.name;

Deno.test("findVolume() takes the smallest that a node can reach and nobody has taken", () => {
  const volumes = [
    volume("far", "1Gi", onNode("b")),
    volume("large", "3Gi", onNode("a")),
    volume("small", "2000Mi", onNode("a")),
    volume("tiny", "1000Mi", onNode("a")),
  ];
  const node = { host: "a" };
  assert.equal(nameOf(findVolume(claim(), volumes)), "far");
  assert.equal(nameOf(findVolume(claim(), volumes, { node })), "small");
  const taken = new Set(["small"]);
  assert.equal(nameOf(findVolume(claim(), volumes, { node, taken })), "large");
  assert.equal(findVolume(claim(), volumes, { onlyKept: true }), undefined);
});

Deno.test("findVolume() takes what is kept for the claim before all else, of whatever class", () => {
  const claimRef = { namespace: "default", name: "data" };
  const kept = volume("kept", "9Gi", {
    claimRef,
    storageClassName: "x",
    ...onNode("b"),
  });
  const free = volume("free", "1Gi");
  for (const volumes of [[kept, free], [free, kept]]) {
    assert.equal(nameOf(findVolume(claim(), volumes)), "kept");
    assert.equal(
      nameOf(findVolume(claim(), volumes, { onlyKept: true })),
      "kept",
    );
    // It has one, be it out of reach.
    assert.equal(
      findVolume(claim(), volumes, { node: { host: "a" } }),
      undefined,
    );
  }
  const other = volume("other", "9Gi", { claimRef: { ...claimRef, uid: "v" } });
  assert.equal(nameOf(findVolume(claim(), [other, free])), "free");
});

Deno.test("findVolume() takes nothing for a selector that cannot be met", () => {
  const selector = { matchExpressions: [{ key: "a", operator: "Near" }] };
  assert.equal(
    findVolume(claim({ selector }), [volume("a", "1Gi")]),
    undefined,
  );
});

Deno.test("misfit() says why a volume cannot be a claim's", () => {
  const going = volume("v", "1Gi");
  going.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
  assert.deepEqual(
    [
      misfit(volume("v", "1Gi"), claim()),
      misfit(going, claim()),
      misfit(volume("v", "1M"), claim()),
      misfit(volume("v", "1Gi", { storageClassName: "x" }), claim()),
      misfit(volume("v", "1Gi", { volumeAttributesClassName: "x" }), claim()),
      misfit(volume("v", "1Gi", { volumeMode: "Block" }), claim()),
      misfit(volume("v", "1Gi", { accessModes: ["ReadOnlyMany"] }), claim()),
    ],
    [
      undefined,
      'the volume is marked for deletion "v"',
      "requested PV is too small",
      "storageClassName does not match",
      "volumeAttributesClassName does not match",
      "incompatible volumeMode",
      "incompatible accessMode",
    ],
  );
});

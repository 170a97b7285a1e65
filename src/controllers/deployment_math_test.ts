import assert from "node:assert/strict";
import fc from "fast-check";
import type { Deployment } from "../api/apps/deployment.ts";
import type { ReplicaSet } from "../api/apps/replica_set.ts";
import {
  maxSurge,
  maxUnavailable,
  newSetSize,
  proportionalSizes,
  resolveShare,
} from "./deployment_math.ts";

function deployment(
  replicas: number,
  surge: number | string,
  unavailable: number | string,
): Deployment {
  return {
    metadata: { name: "d" },
    spec: {
      replicas,
      selector: {},
      template: { spec: { containers: [] } },
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable },
      },
    },
  };
}

function set(name: string, replicas: number, max?: number): ReplicaSet {
  return {
    metadata: {
      name,
      ...max === undefined ? {} : {
        annotations: { "deployment.kubernetes.io/max-replicas": String(max) },
      },
    },
    spec: { replicas, selector: {}, template: { spec: { containers: [] } } },
  };
}

Deno.test("resolveShare() rounds percentages as told", () => {
  assert.equal(resolveShare("25%", { total: 10, round: "up" }), 3);
  assert.equal(resolveShare("25%", { total: 10, round: "down" }), 2);
  assert.equal(resolveShare(7, { total: 10, round: "up" }), 7);
});

Deno.test("maxSurge() and maxUnavailable() never leave a rollout without room to move", () => {
  for (
    const [replicas, surge, unavailable, wanted] of [
      [10, "25%", "25%", [3, 2]],
      [1, "25%", "25%", [1, 0]],
      [3, "0%", "10%", [0, 1]],
      [3, 0, 5, [0, 3]],
      [0, "25%", "25%", [0, 0]],
    ] as const
  ) {
    const of = deployment(replicas, surge, unavailable);
    assert.deepEqual([maxSurge(of), maxUnavailable(of)], wanted);
  }
});

Deno.test("newSetSize() fills up to the surge and never beyond the wish", () => {
  const of = deployment(10, 3, 0);
  assert.equal(newSetSize(of, [set("old", 10)], 0), 3);
  assert.equal(newSetSize(of, [set("old", 2), set("new", 9)], 9), 10);
  assert.equal(newSetSize(of, [set("old", 13)], 0), 0);
});

Deno.test("proportionalSizes() always adds up to what is allowed", () =>
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 5 }),
    fc.integer({ min: 0, max: 200 }),
    fc.integer({ min: 0, max: 20 }),
    (current, desired, surge) => {
      const before = current.reduce((sum, size) => sum + size, 0);
      const sets = current.map((size, at) => set(`s${at}`, size, before));
      const sizes = proportionalSizes(deployment(desired, surge, 1), sets);
      const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
      assert.equal(total, desired === 0 ? 0 : desired + surge);
      assert.ok([...sizes.values()].every((size) => size >= 0));
    },
  )));

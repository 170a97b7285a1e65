import assert from "node:assert/strict";
import type { Deployment } from "../../api/apps/deployment.ts";
import { progressOf, refusalOf } from "./rollout.ts";

const deployment = (status: unknown, replicas = 3) =>
  ({
    metadata: { generation: 2 },
    spec: { replicas },
    status,
  }) as unknown as Deployment;

Deno.test("progressOf() does not count what the controller has not seen", () => {
  const before = deployment({
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    availableReplicas: 3,
  });
  assert.deepEqual(progressOf(before, 2), {
    ready: 0,
    wanted: 3,
    complete: false,
  });
});

Deno.test("progressOf() counts replicas of the new version only", () => {
  const half = deployment({
    observedGeneration: 2,
    replicas: 4,
    updatedReplicas: 2,
    availableReplicas: 3,
  });
  assert.deepEqual(progressOf(half, 2).ready, 1);
  assert.equal(progressOf(half, 2).complete, false);
  const whole = deployment({
    observedGeneration: 2,
    replicas: 3,
    updatedReplicas: 3,
    availableReplicas: 3,
  });
  assert.equal(progressOf(whole, 2).complete, true);
  assert.equal(
    progressOf(deployment({ observedGeneration: 2 }, 0), 2).complete,
    true,
  );
});

Deno.test("refusalOf() tells why no pods are made, until they are", () => {
  const condition = (status: string) => ({
    conditions: [
      { type: "Progressing", status: "True", message: "on its way" },
      { type: "ReplicaFailure", status, message: "exceeded quota: q" },
    ],
  });
  assert.equal(refusalOf(deployment(condition("True"))), "exceeded quota: q");
  assert.equal(refusalOf(deployment(condition("False"))), undefined);
  assert.equal(refusalOf(deployment(undefined)), undefined);
});

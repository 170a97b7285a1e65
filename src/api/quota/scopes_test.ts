import assert from "node:assert/strict";
import type { PersistentVolumeClaim } from "../core/persistent_volume_claim.ts";
import type { Pod } from "../core/pod.ts";
import { claimEvaluator } from "./claim_evaluator.ts";
import { goneAtMs, isLive, podEvaluator } from "./pod_evaluator.ts";
import { matchesValue, scopesOf } from "./scopes.ts";

const scope = (operator: string, values?: string[]) => ({
  scopeName: "x",
  operator,
  ...values === undefined ? {} : { values },
});

Deno.test("matchesValue() knows the four operators", () => {
  const cases: [string, string[] | undefined, string | undefined, boolean][] = [
    ["Exists", undefined, "a", true],
    ["Exists", undefined, undefined, false],
    ["DoesNotExist", undefined, "", true],
    ["DoesNotExist", undefined, "a", false],
    ["In", ["a", "b"], "b", true],
    ["In", ["a", "b"], undefined, false],
    ["NotIn", ["a"], "b", true],
    ["NotIn", ["a"], "a", false],
    ["NotIn", ["a"], undefined, true],
    ["Other", ["a"], "a", false],
  ];
  for (const [operator, values, value, expected] of cases) {
    assert.equal(
      matchesValue(scope(operator, values), value),
      expected,
      `${operator} ${values} ${value}`,
    );
  }
});

Deno.test("scopesOf() has both forms of conditions", () => {
  const selected = scope("In", ["a"]);
  assert.deepEqual(
    scopesOf({
      scopes: ["BestEffort"],
      scopeSelector: { matchExpressions: [selected] },
    }),
    [{ scopeName: "BestEffort", operator: "Exists" }, selected],
  );
});

Deno.test("claimEvaluator.inScope() looks at every attribute class that a claim has or is to get", () => {
  const claim = (spec: object, status: object = {}) =>
    ({ metadata: {}, spec, status }) as PersistentVolumeClaim;
  const gold = {
    scopeName: "VolumeAttributesClass",
    operator: "In",
    values: ["gold"],
  };
  const inScope = (one: PersistentVolumeClaim) =>
    claimEvaluator.inScope(one, gold);
  assert.equal(inScope(claim({ volumeAttributesClassName: "gold" })), true);
  assert.equal(inScope(claim({ volumeAttributesClassName: "tin" })), false);
  assert.equal(
    inScope(
      claim({ volumeAttributesClassName: "tin" }, {
        currentVolumeAttributesClassName: "gold",
      }),
    ),
    true,
  );
  assert.equal(inScope(claim({})), false);
  assert.equal(
    claimEvaluator.inScope(claim({}), { ...gold, operator: "NotIn" }),
    true,
  );
});

Deno.test("claimEvaluator.usage() counts whole bytes, and what is being made when it is more", () => {
  const usage = (storage: string, allocated?: string) =>
    claimEvaluator.usage({
      metadata: {},
      spec: { resources: { requests: { storage } } },
      ...allocated && {
        status: { allocatedResources: { storage: allocated } },
      },
    } as PersistentVolumeClaim, 0)["requests.storage"];
  assert.equal(usage("1Gi"), "1Gi");
  assert.equal(usage("1500m"), "2");
  assert.equal(usage("1Gi", "2Gi"), "2Gi");
  assert.equal(usage("2Gi", "1Gi"), "2Gi");
});

Deno.test("isLive() lets pods go that a lost node holds for a second grace", () => {
  const pod = (metadata: object, phase?: string) =>
    ({ metadata, spec: { containers: [] }, status: { phase } }) as Pod;
  const going = pod({
    deletionTimestamp: "2026-01-01T00:00:30Z",
    deletionGracePeriodSeconds: 30,
  });
  const goneMs = Date.parse("2026-01-01T00:01:00Z");
  assert.equal(goneAtMs(going), goneMs);
  assert.equal(isLive(going, goneMs), true);
  assert.equal(isLive(going, goneMs + 1), false);
  assert.equal(isLive(pod({}, "Failed"), 0), false);
  assert.deepEqual(podEvaluator.usage(pod({}, "Succeeded"), 0), {
    "count/pods": "1",
  });
});

import assert from "node:assert/strict";
import { startHarness } from "./testing/harness.ts";

const V1 = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
const V2 = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
const METRICS = "autoscaling.alpha.kubernetes.io/metrics";

const spec = {
  maxReplicas: 5,
  scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
};
const queue = {
  type: "Pods",
  pods: {
    metric: { name: "queue" },
    target: { type: "AverageValue", averageValue: "5" },
  },
};

Deno.test("an autoscaler of autoscaling/v1 is one of autoscaling/v2", async () => {
  await using server = await startHarness();
  await server.json("POST", V1, {
    body: {
      metadata: { name: "web" },
      spec: { ...spec, targetCPUUtilizationPercentage: 60 },
    },
  });
  const stored = await server.json("GET", `${V2}/web`);
  assert.equal(stored.apiVersion, "autoscaling/v2");
  assert.equal(
    stored.spec.metrics[0].resource.target.averageUtilization,
    60,
  );
  const { items } = await server.json("GET", V1);
  assert.equal(items[0].apiVersion, "autoscaling/v1");
  assert.equal(items[0].spec.targetCPUUtilizationPercentage, 60);
});

Deno.test("a change through autoscaling/v1 keeps what only autoscaling/v2 has", async () => {
  await using server = await startHarness();
  await server.json("POST", V2, {
    body: {
      metadata: { name: "web" },
      spec: {
        ...spec,
        metrics: [queue],
        behavior: { scaleDown: { selectPolicy: "Disabled" } },
      },
    },
  });
  const shown = await server.json("GET", `${V1}/web`);
  assert.match(shown.metadata.annotations[METRICS], /"metricName":"queue"/);
  await server.json("PATCH", `${V1}/web`, {
    body: { spec: { maxReplicas: 9 } },
  });
  const after = await server.json("GET", `${V2}/web`);
  assert.equal(after.spec.maxReplicas, 9);
  assert.deepEqual(after.spec.metrics, [queue]);
  assert.equal(after.spec.behavior.scaleDown.selectPolicy, "Disabled");
  assert.equal(after.metadata.annotations, undefined);
});

Deno.test("autoscaling/v1 is held to the rules of autoscaling/v2", async () => {
  await using server = await startHarness();
  const refused = await server.json("POST", V1, {
    body: { metadata: { name: "web" }, spec: { ...spec, maxReplicas: 0 } },
    status: 422,
  });
  assert.equal(refused.details.causes[0].field, "spec.maxReplicas");
});

Deno.test("autoscaling/v2 is the version that clients are to prefer", async () => {
  await using server = await startHarness();
  const group = await server.json("GET", "/apis/autoscaling");
  assert.equal(group.preferredVersion.version, "v2");
});

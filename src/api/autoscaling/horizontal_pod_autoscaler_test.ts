import assert from "node:assert/strict";
import {
  cellsOf,
  changeFindings,
  findings,
  type Loose,
  newObject,
} from "../testing/findings.ts";
import { fromAutoscalerV1, toAutoscalerV1 } from "./autoscaler_views.ts";
import { horizontalPodAutoscalers } from "./horizontal_pod_autoscaler.ts";

const base = {
  maxReplicas: 5,
  scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
};
const cpu = (averageUtilization: number) => ({
  type: "Resource",
  resource: {
    name: "cpu",
    target: { type: "Utilization", averageUtilization },
  },
});

Deno.test("horizontalPodAutoscalers.setDefaults() fills in what kube-apiserver fills in", () => {
  const { spec } = newObject(horizontalPodAutoscalers, { spec: base });
  assert.equal(spec.minReplicas, 1);
  assert.deepEqual(spec.metrics, [cpu(80)]);
  assert.equal(spec.behavior, undefined);
  const behaving = newObject(horizontalPodAutoscalers, {
    spec: {
      ...base,
      behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
    },
  });
  assert.deepEqual(behaving["spec"].behavior, {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: [
        { type: "Pods", value: 4, periodSeconds: 15 },
        { type: "Percent", value: 100, periodSeconds: 15 },
      ],
    },
    scaleDown: {
      stabilizationWindowSeconds: 60,
      selectPolicy: "Max",
      policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
    },
  });
});

const WRONG: readonly (readonly [Loose, readonly string[]])[] = [
  [{}, []],
  [
    { maxReplicas: 0 },
    [
      "spec.maxReplicas: Required value: must be set and greater than 0",
      "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
    ],
  ],
  [
    { minReplicas: 0 },
    [
      "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
      "spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas",
    ],
  ],
  [
    { scaleTargetRef: { kind: "Deployment", name: "web" } },
    [
      'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
    ],
  ],
  [
    { metrics: [{ type: "Pods", resource: cpu(5).resource }] },
    [
      "spec.metrics[0].pods: Required value: must populate information for the given metric source",
    ],
  ],
  [
    { metrics: [cpu(0)] },
    [
      "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0",
    ],
  ],
  [
    {
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 3601,
          policies: [{ type: "Pods", value: 0, periodSeconds: 1801 }],
        },
      },
    },
    [
      "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600",
      "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",
      "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800",
    ],
  ],
];

for (const [more, expected] of WRONG) {
  Deno.test(`horizontalPodAutoscalers.validate() says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(
      findings(horizontalPodAutoscalers, { spec: { ...base, ...more } }),
      expected,
    );
  });
}

Deno.test("horizontalPodAutoscalers.validateUpdate() looks at the version of a new target only", () => {
  const old = { ...base, scaleTargetRef: { kind: "Deployment", name: "web" } };
  assert.deepEqual(
    changeFindings(horizontalPodAutoscalers, [{ spec: old }, {
      spec: { ...old, maxReplicas: 6 },
    }]),
    [],
  );
  assert.deepEqual(
    changeFindings(horizontalPodAutoscalers, [{ spec: base }, { spec: old }]),
    [
      'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
    ],
  );
});

Deno.test("horizontalPodAutoscalers.columns show metrics, two and how many more", () => {
  const metrics = [
    cpu(50),
    {
      type: "Pods",
      pods: {
        metric: { name: "q" },
        target: { type: "AverageValue", averageValue: "5" },
      },
    },
    {
      type: "External",
      external: {
        metric: { name: "e" },
        target: { type: "Value", value: "9" },
      },
    },
  ];
  const object = newObject(horizontalPodAutoscalers, {
    spec: { ...base, metrics },
  });
  object["status"] = {
    currentReplicas: 2,
    desiredReplicas: 2,
    currentMetrics: [{
      type: "Resource",
      resource: { name: "cpu", current: { averageUtilization: 12 } },
    }],
  };
  assert.deepEqual(cellsOf(horizontalPodAutoscalers, object), {
    Name: "a",
    Reference: "Deployment/web",
    Targets: "cpu: 12%/50%, <unknown>/5 + 1 more...",
    MinPods: "1",
    MaxPods: 5,
    Replicas: 2,
    Age: "<unknown>",
  });
});

Deno.test("toAutoscalerV1() and fromAutoscalerV1() are each other's inverse", () => {
  const described = { kind: "Service", name: "s", apiVersion: "v1" };
  const stored = newObject(horizontalPodAutoscalers, {
    metadata: { annotations: { own: "yes" } },
    spec: {
      ...base,
      metrics: [
        {
          type: "Object",
          object: {
            describedObject: described,
            metric: { name: "m" },
            target: { type: "AverageValue", averageValue: "3" },
          },
        },
        {
          type: "External",
          external: {
            metric: { name: "e", selector: { matchLabels: { a: "b" } } },
            target: { type: "Value", value: "9" },
          },
        },
        {
          type: "ContainerResource",
          containerResource: {
            name: "memory",
            container: "c",
            target: { type: "Utilization", averageUtilization: 60 },
          },
        },
        cpu(50),
      ],
      behavior: { scaleUp: { selectPolicy: "Min" } },
    },
  }) as Parameters<typeof toAutoscalerV1>[0];
  stored.apiVersion = "autoscaling/v2";
  stored.kind = "HorizontalPodAutoscaler";
  stored.status = {
    currentReplicas: 1,
    desiredReplicas: 2,
    currentMetrics: [{
      type: "Resource",
      resource: {
        name: "cpu",
        current: { averageUtilization: 7, averageValue: "70m" },
      },
    }],
    conditions: [{ type: "AbleToScale", status: "True", reason: "x" }],
  };
  const shown = toAutoscalerV1(stored);
  assert.deepEqual(shown.spec, {
    ...base,
    minReplicas: 1,
    targetCPUUtilizationPercentage: 50,
  });
  assert.equal(shown.status?.currentCPUUtilizationPercentage, 7);
  assert.deepEqual(Object.keys(shown.metadata.annotations ?? {}), [
    "own",
    "autoscaling.alpha.kubernetes.io/metrics",
    "autoscaling.alpha.kubernetes.io/current-metrics",
    "autoscaling.alpha.kubernetes.io/behavior",
    "autoscaling.alpha.kubernetes.io/conditions",
  ]);
  assert.deepEqual(fromAutoscalerV1(shown), stored);
});

Deno.test("fromAutoscalerV1() takes annotations that are no JSON for nothing", () => {
  const { spec, metadata } = fromAutoscalerV1({
    metadata: {
      annotations: { "autoscaling.alpha.kubernetes.io/metrics": "{" },
    },
    spec: base,
  });
  assert.deepEqual(spec.metrics, [cpu(80)]);
  assert.equal(metadata.annotations, undefined);
});

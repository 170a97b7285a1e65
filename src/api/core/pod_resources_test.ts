import assert from "node:assert/strict";
import type { Container } from "./container.ts";
import type { Pod } from "./pod.ts";
import { podLimits, podRequests, qosClass } from "./pod_resources.ts";

function container(
  requests: Record<string, string>,
  limits: Record<string, string> = {},
  more: Partial<Container> = {},
): Container {
  return { name: "c", resources: { requests, limits }, ...more };
}

function podOf(
  containers: Container[],
  more: Partial<Pod["spec"]> = {},
): Pod {
  return { metadata: {}, spec: { containers, ...more } };
}

Deno.test("podRequests() adds containers that run side by side", () => {
  assert.deepEqual(
    podRequests(podOf([container({ cpu: "100m" }), container({ cpu: "1" })])),
    { cpu: "1100m" },
  );
});

Deno.test("podRequests() counts an init container when it needs more than all others together", () => {
  const pod = podOf([container({ cpu: "1", memory: "1Gi" })], {
    initContainers: [container({ cpu: "3" })],
  });
  assert.deepEqual(podRequests(pod), { cpu: "3", memory: "1Gi" });
});

Deno.test("podRequests() counts sidecars beside containers and beside later init containers", () => {
  const pod = podOf([container({ cpu: "1" })], {
    initContainers: [
      container({ cpu: "500m" }, {}, { restartPolicy: "Always" }),
      container({ cpu: "2" }),
    ],
  });
  assert.deepEqual(podRequests(pod), { cpu: "2500m" });
});

Deno.test("podRequests() adds overhead, and lets the Pod's own requests win", () => {
  const pod = podOf([container({ cpu: "1" })], {
    overhead: { cpu: "250m" },
    resources: { requests: { cpu: "2" } },
  });
  assert.deepEqual(podRequests(pod), { cpu: "2250m" });
});

Deno.test("podLimits() adds overhead to what is limited only", () => {
  const pod = podOf([container({}, { cpu: "1" })], {
    overhead: { cpu: "250m", memory: "10Mi" },
  });
  assert.deepEqual(podLimits(pod), { cpu: "1250m" });
});

const both = { cpu: "1", memory: "1Gi" };
const CLASSES: readonly (readonly [string, Pod])[] = [
  ["BestEffort", podOf([container({})])],
  ["BestEffort", podOf([container({ cpu: "0" })])],
  ["Guaranteed", podOf([container(both, both)])],
  ["Guaranteed", podOf([container({ cpu: "1000m", memory: "1024Mi" }, both)])],
  ["Burstable", podOf([container(both, { ...both, cpu: "2" })])],
  ["Burstable", podOf([container(both, both), container({})])],
  ["Burstable", podOf([container({ cpu: "1" })])],
  [
    "Burstable",
    podOf([container(both, both)], { initContainers: [container({})] }),
  ],
];

CLASSES.forEach(([expected, pod], i) => {
  Deno.test(`qosClass() is ${expected} (case ${i + 1})`, () => {
    assert.equal(qosClass(pod), expected);
  });
});

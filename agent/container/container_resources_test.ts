import assert from "node:assert/strict";
import type { Container } from "../../src/api/core/container.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { PodSpec } from "../../src/api/core/pod_spec.ts";
import {
  containerResources,
  type MachineFacts,
} from "./container_resources.ts";

const MACHINE: MachineFacts = { memoryBytes: 2 ** 30 };

function resourcesOf(
  resources: Container["resources"],
  options: {
    readonly spec?: Partial<PodSpec>;
    readonly machine?: Partial<MachineFacts>;
    readonly sidecar?: boolean;
  } = {},
) {
  const container: Container = {
    name: "app",
    ...(resources && { resources }),
    ...(options.sidecar && { restartPolicy: "Always" }),
  };
  const pod: Pod = {
    metadata: { name: "web" },
    spec: {
      containers: [container],
      ...(options.sidecar && { initContainers: [container] }),
      ...options.spec,
    },
  };
  return containerResources(pod, container, { ...MACHINE, ...options.machine });
}

Deno.test("containerResources() takes a request for the limit where there is none, and the pod's limit for one that is missing", () => {
  const own = resourcesOf({ limits: { cpu: "500m", memory: "64Mi" } });
  assert.equal(own.cpuShares, 512);
  assert.equal(own.cpuQuota, 50_000);
  assert.equal(own.memoryLimitBytes, 2 ** 26);
  const shared = resourcesOf({ requests: { cpu: "100m" } }, {
    spec: { resources: { limits: { cpu: "1", memory: "128Mi" } } },
  });
  assert.equal(shared.cpuShares, 102);
  assert.equal(shared.cpuQuota, 100_000);
  assert.equal(shared.memoryLimitBytes, 2 ** 27);
});

Deno.test("containerResources() scores by class, and within Burstable by what was asked for", () => {
  const all = { cpu: "1", memory: "512Mi" };
  assert.equal(resourcesOf({ requests: all, limits: all }).oomScoreAdj, -997);
  assert.equal(resourcesOf(undefined).oomScoreAdj, 1000);
  assert.equal(resourcesOf({ requests: all }).oomScoreAdj, 500);
  assert.equal(resourcesOf({ requests: { memory: "1Ki" } }).oomScoreAdj, 999);
  assert.equal(resourcesOf({ requests: { memory: "4Gi" } }).oomScoreAdj, 3);
  const critical = {
    priority: 2_000_001_000,
    priorityClassName: "system-node-critical",
  };
  assert.equal(resourcesOf(undefined, { spec: critical }).oomScoreAdj, -997);
});

Deno.test("containerResources() lets a sidecar go no sooner than those that it serves", () => {
  const spec = {
    containers: [{
      name: "main",
      resources: { requests: { memory: "512Mi" } },
    }],
  };
  const { oomScoreAdj } = resourcesOf({ requests: { memory: "1Mi" } }, {
    spec,
    sidecar: true,
  });
  assert.equal(oomScoreAdj, 500);
});

Deno.test("containerResources() keeps containers from swapping, and gives no huge pages that were not asked for", () => {
  const limits = { limits: { memory: "64Mi", "hugepages-2Mi": "4Mi" } };
  const cgroups = { hugePages: ["2MB", "1GB"], limitsSwap: true };
  const first = resourcesOf(limits, {
    machine: { cgroups: { ...cgroups, version: 1 } },
  });
  assert.equal(first.memorySwapLimitBytes, 2 ** 26);
  assert.deepEqual(first.hugePageLimits, [
    { pageSize: "2MB", limitBytes: 2 ** 22 },
    { pageSize: "1GB", limitBytes: 0 },
  ]);
  const second = resourcesOf(limits, {
    machine: { cgroups: { ...cgroups, version: 2 } },
  });
  assert.deepEqual(second.unified, {
    "memory.oom.group": "1",
    "memory.swap.max": "0",
  });
});

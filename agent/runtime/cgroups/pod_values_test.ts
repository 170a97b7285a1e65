import assert from "node:assert/strict";
import type { Pod } from "../../../src/api/core/pod.ts";
import { delegationWrites, valueWrites } from "./group_values.ts";
import { podCgroup } from "./pod_cgroup.ts";
import { podValues } from "./pod_values.ts";

function pod(...resources: unknown[]): Pod {
  return {
    metadata: { name: "web", uid: "u1" },
    spec: {
      containers: resources.map((one, i) => ({
        name: `c${i}`,
        resources: one,
      })),
    },
  } as Pod;
}

const values = (it: Pod) => podValues(it, { hugePages: [] });

Deno.test("podValues() limits a pod only when all of its containers are limited", () => {
  const limited = { limits: { cpu: "500m", memory: "64Mi" } };
  assert.deepEqual(values(pod(limited, limited)).memoryLimitBytes, 2 ** 27);
  const half = values(pod(limited, { requests: { cpu: "100m" } }));
  assert.equal(half.memoryLimitBytes, undefined);
  assert.equal(half.cpuQuota, undefined);
});

Deno.test("podValues() keeps kubelet's smallest values", () => {
  assert.equal(values(pod({})).cpuShares, 2);
  const tiny = { requests: { cpu: "1m" }, limits: { cpu: "1m" } };
  const { cpuShares, cpuQuota } = values(pod(tiny));
  assert.equal(cpuShares, 2);
  assert.equal(cpuQuota, 1_000);
});

Deno.test("podValues() grants requested huge pages and no other sizes", () => {
  const { hugePages } = podValues(
    pod({
      requests: { "hugepages-2Mi": "8Mi", cpu: "1" },
      limits: { "hugepages-2Mi": "8Mi" },
    }),
    { hugePages: ["2MB", "1GB"] },
  );
  assert.deepEqual([...hugePages!], [["2MB", 8 * 2 ** 20], ["1GB", 0]]);
});

Deno.test("podValues() counts the pod's own resources and its overhead", () => {
  const it = pod({});
  it.spec.resources = { limits: { cpu: "1", memory: "64Mi" } };
  it.spec.overhead = { cpu: "100m", memory: "16Mi" };
  const { cpuQuota, memoryLimitBytes } = values(it);
  assert.equal(cpuQuota, 110_000);
  assert.equal(memoryLimitBytes, 80 * 2 ** 20);
});

Deno.test("podCgroup() follows kubelet's layout", () => {
  const both = { cpu: "1", memory: "1Gi" };
  const guaranteed = { requests: both, limits: both };
  assert.equal(podCgroup(pod(guaranteed)), "/kubepods/podu1");
  assert.equal(
    podCgroup(pod({ requests: { cpu: "1" } })),
    "/kubepods/burstable/podu1",
  );
  assert.equal(podCgroup(pod({})), "/kubepods/besteffort/podu1");
});

Deno.test("valueWrites() says the same in both versions", () => {
  const given = {
    cpuShares: 512,
    cpuQuota: 50_000,
    cpuPeriod: 100_000,
    memoryLimitBytes: 4096,
    pidsLimit: 7,
    hugePages: new Map([["2MB", 0]]),
  };
  const text = (version: 1 | 2) =>
    valueWrites(
      { version, controllers: [], hugePages: [], limitsSwap: false },
      "/kubepods/p",
      given,
    ).map(({ path, value }) =>
      `${path.slice("/sys/fs/cgroup".length)}=${value}`
    );
  assert.deepEqual(text(1), [
    "/cpu/kubepods/p/cpu.shares=512",
    "/cpu/kubepods/p/cpu.cfs_period_us=100000",
    "/cpu/kubepods/p/cpu.cfs_quota_us=50000",
    "/memory/kubepods/p/memory.limit_in_bytes=4096",
    "/pids/kubepods/p/pids.max=7",
    "/hugetlb/kubepods/p/hugetlb.2MB.limit_in_bytes=0",
  ]);
  assert.deepEqual(text(2), [
    "/kubepods/p/cpu.weight=20",
    "/kubepods/p/cpu.max=50000 100000",
    "/kubepods/p/memory.max=4096",
    "/kubepods/p/pids.max=7",
    "/kubepods/p/hugetlb.2MB.max=0",
  ]);
});

Deno.test("delegationWrites() hands each controller down from the root", () => {
  const layout = {
    version: 2,
    controllers: ["cpu", "pids"],
    hugePages: [],
    limitsSwap: false,
  } as const;
  assert.deepEqual(
    delegationWrites(layout, "/kubepods/p").map(({ path, value }) =>
      `${path.slice("/sys/fs/cgroup".length)} ${value}`
    ),
    ["", "/kubepods", "/kubepods/p"].flatMap((group) => [
      `${group}/cgroup.subtree_control +cpu`,
      `${group}/cgroup.subtree_control +pids`,
    ]),
  );
});

import assert from "node:assert/strict";
import { cgroupPlan } from "./cgroup.ts";

const RESOURCES = {
  cpuShares: 512,
  cpuQuota: 50_000,
  cpuPeriod: 100_000,
  memoryLimitBytes: 64 * 1024 * 1024,
};

const asText = (plan: ReturnType<typeof cgroupPlan>) =>
  plan?.writes.map(({ path, value }) => `${path}=${value}`);

Deno.test("cgroupPlan() makes a group per controller when the version is 1", () => {
  const plan = cgroupPlan(1, "/w/p/c", RESOURCES);
  assert.deepEqual(plan?.folders, [
    "/sys/fs/cgroup/memory/w/p/c",
    "/sys/fs/cgroup/cpu/w/p/c",
    "/sys/fs/cgroup/pids/w/p/c",
  ]);
  assert.deepEqual(asText(plan), [
    "/sys/fs/cgroup/memory/w/p/c/memory.limit_in_bytes=67108864",
    "/sys/fs/cgroup/cpu/w/p/c/cpu.shares=512",
    "/sys/fs/cgroup/cpu/w/p/c/cpu.cfs_period_us=100000",
    "/sys/fs/cgroup/cpu/w/p/c/cpu.cfs_quota_us=50000",
    "/sys/fs/cgroup/pids/w/p/c/pids.max=2048",
  ]);
});

Deno.test("cgroupPlan() hands controllers down to one group when the version is 2", () => {
  const plan = cgroupPlan(2, "/w/p/c", RESOURCES);
  assert.deepEqual(plan?.folders, ["/sys/fs/cgroup/w/p/c"]);
  const handDown = ["", "/w", "/w/p"].map((parent) =>
    `/sys/fs/cgroup${parent}/cgroup.subtree_control=+memory +cpu +pids`
  );
  assert.deepEqual(asText(plan), [
    ...handDown,
    "/sys/fs/cgroup/w/p/c/memory.max=67108864",
    "/sys/fs/cgroup/w/p/c/cpu.weight=20",
    "/sys/fs/cgroup/w/p/c/cpu.max=50000 100000",
    "/sys/fs/cgroup/w/p/c/pids.max=2048",
  ]);
  assert.equal(plan?.oomCounter, "/sys/fs/cgroup/w/p/c/memory.events");
});

Deno.test("cgroupPlan() sets no limit that the Pod does not", () => {
  assert.deepEqual(asText(cgroupPlan(1, "/c", {})), [
    "/sys/fs/cgroup/pids/c/pids.max=2048",
  ]);
});

Deno.test("cgroupPlan() answers undefined when there are no cgroups for us", () => {
  assert.equal(cgroupPlan(undefined, "/c", RESOURCES), undefined);
});

import assert from "node:assert/strict";
import { statsHost } from "../testing/stats_host.ts";
import { Cgroups } from "./cgroups.ts";

const ROOT = "/sys/fs/cgroup";

/** A container's group as a machine with version 1 (and a unified hierarchy beside it) shows it. */
const V1 = {
  [`${ROOT}/cpuacct/pod/c/cpuacct.usage`]: "2500000000\n",
  [`${ROOT}/cpuacct/pod/c/cpuacct.stat`]: "user 150\nsystem 100\n",
  [`${ROOT}/cpu/pod/c/cpu.stat`]:
    "nr_periods 20\nnr_throttled 4\nthrottled_time 700000000\n",
  [`${ROOT}/cpu/pod/c/cpu.shares`]: "102\n",
  [`${ROOT}/cpu/pod/c/cpu.cfs_quota_us`]: "50000\n",
  [`${ROOT}/cpu/pod/c/cpu.cfs_period_us`]: "100000\n",
  [`${ROOT}/memory/pod/c/memory.usage_in_bytes`]: "8192\n",
  [`${ROOT}/memory/pod/c/memory.limit_in_bytes`]: "65536\n",
  [`${ROOT}/memory/pod/c/memory.memsw.limit_in_bytes`]: "98304\n",
  [`${ROOT}/memory/pod/c/memory.max_usage_in_bytes`]: "9000\n",
  [`${ROOT}/memory/pod/c/memory.kmem.usage_in_bytes`]: "512\n",
  [`${ROOT}/memory/pod/c/memory.failcnt`]: "3\n",
  [`${ROOT}/memory/pod/c/memory.oom_control`]:
    "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
  [`${ROOT}/memory/pod/c/memory.stat`]: [
    "cache 1",
    "rss 1",
    "total_cache 4096",
    "total_rss 2048",
    "total_mapped_file 100",
    "total_swap 7",
    "total_pgfault 11",
    "total_pgmajfault 1",
    "total_active_file 96",
    "total_inactive_file 3000",
    "",
  ].join("\n"),
  [`${ROOT}/blkio/pod/c/blkio.throttle.io_service_bytes`]:
    "8:0 Read 100\n8:0 Write 200\n8:0 Sync 300\n8:0 Total 300\nTotal 300\n",
  [`${ROOT}/blkio/pod/c/blkio.throttle.io_serviced`]:
    "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\nTotal 3\n",
  [`${ROOT}/pids/pod/c/pids.current`]: "5\n",
  [`${ROOT}/pids/pod/c/pids.max`]: "max\n",
  [`${ROOT}/pids/pod/c/cgroup.procs`]: "41\n42\n",
};

Deno.test("usage() reads a group of version 1", async () => {
  const cgroups = new Cgroups(statsHost(V1).host);
  assert.equal(await cgroups.version(), 1);
  const memory = {
    usageBytes: 8192,
    workingSetBytes: 5192,
    rssBytes: 2048,
    cacheBytes: 4096,
    mappedFileBytes: 100,
    activeFileBytes: 96,
    inactiveFileBytes: 3000,
    swapBytes: 7,
    pageFaults: 11,
    majorPageFaults: 1,
    limitBytes: 65536,
  };
  assert.deepEqual(await cgroups.usage("/pod/c", { detail: false }), {
    cpu: { usageNs: 2_500_000_000 },
    memory,
  });
  assert.deepEqual(await cgroups.usage("/pod/c", { detail: true }), {
    cpu: {
      usageNs: 2_500_000_000,
      userNs: 1_500_000_000,
      systemNs: 1_000_000_000,
      periods: 20,
      throttledPeriods: 4,
      throttledNs: 700_000_000,
      shares: 102,
      quotaUs: 50_000,
      periodUs: 100_000,
    },
    memory: {
      ...memory,
      swapLimitBytes: 32768,
      kernelBytes: 512,
      maxUsageBytes: 9000,
      failures: 3,
      oomKills: 2,
    },
    threads: 5,
    io: [{
      device: "8:0",
      readBytes: 100,
      writtenBytes: 200,
      reads: 1,
      writes: 2,
    }],
  });
  assert.deepEqual(await cgroups.processes("/pod/c"), [41, 42]);
});

Deno.test("usage() takes version 1's largest number for no limit, and -1 for no quota", async () => {
  const { host } = statsHost({
    ...V1,
    [`${ROOT}/memory/pod/c/memory.limit_in_bytes`]: "9223372036854771712\n",
    [`${ROOT}/memory/pod/c/memory.memsw.limit_in_bytes`]:
      "9223372036854771712\n",
    [`${ROOT}/cpu/pod/c/cpu.cfs_quota_us`]: "-1\n",
  });
  const free = await new Cgroups(host).usage("/pod/c", { detail: true });
  assert.equal(free?.memory?.limitBytes, undefined);
  assert.equal(free?.memory?.swapLimitBytes, undefined);
  assert.equal(free?.cpu?.quotaUs, undefined);
});

/** The same as version 2 shows it. */
const V2 = {
  [`${ROOT}/cgroup.controllers`]: "cpu memory pids\n",
  [`${ROOT}/pod/c/cpu.stat`]:
    "usage_usec 2500000\nuser_usec 1500000\nsystem_usec 1000000\nnr_periods 20\nnr_throttled 4\nthrottled_usec 700000\n",
  [`${ROOT}/pod/c/cpu.max`]: "50000 100000\n",
  [`${ROOT}/pod/c/cpu.weight`]: "4\n",
  [`${ROOT}/pod/c/cpu.pressure`]:
    "some avg10=1.50 avg60=2.00 avg300=0.25 total=30\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=10\n",
  [`${ROOT}/pod/c/memory.current`]: "8192\n",
  [`${ROOT}/pod/c/memory.max`]: "max\n",
  [`${ROOT}/pod/c/memory.peak`]: "9000\n",
  [`${ROOT}/pod/c/memory.swap.current`]: "7\n",
  [`${ROOT}/pod/c/memory.swap.max`]: "4096\n",
  [`${ROOT}/pod/c/memory.events`]: "low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\n",
  [`${ROOT}/pod/c/memory.stat`]:
    "anon 2048\nfile 4096\nkernel 512\nfile_mapped 100\ninactive_file 9000\nactive_file 96\npgfault 11\npgmajfault 1\n",
  [`${ROOT}/pod/c/pids.current`]: "5\n",
  [`${ROOT}/pod/c/pids.max`]: "100\n",
  [`${ROOT}/pod/c/cgroup.procs`]: "41\n",
};

Deno.test("usage() reads a group of version 2", async () => {
  const cgroups = new Cgroups(statsHost(V2).host);
  assert.equal(await cgroups.version(), 2);
  assert.deepEqual(await cgroups.usage("/pod/c", { detail: true }), {
    cpu: {
      usageNs: 2_500_000_000,
      userNs: 1_500_000_000,
      systemNs: 1_000_000_000,
      periods: 20,
      throttledPeriods: 4,
      throttledNs: 700_000_000,
      shares: 80,
      quotaUs: 50_000,
      periodUs: 100_000,
      psi: {
        full: { total: 10_000, avg10: 0.5, avg60: 0, avg300: 0 },
        some: { total: 30_000, avg10: 1.5, avg60: 2, avg300: 0.25 },
      },
    },
    memory: {
      usageBytes: 8192,
      workingSetBytes: 0, // never below nothing
      rssBytes: 2048,
      cacheBytes: 4096,
      mappedFileBytes: 100,
      activeFileBytes: 96,
      inactiveFileBytes: 9000,
      swapBytes: 7,
      pageFaults: 11,
      majorPageFaults: 1,
      swapLimitBytes: 4096,
      kernelBytes: 512,
      maxUsageBytes: 9000,
      failures: 3,
      oomKills: 2,
    },
    threads: 5,
    threadsLimit: 100,
  });
  assert.deepEqual(await cgroups.processes("/pod/c"), [41]);
});

Deno.test("usage() answers nothing for a group that is gone", async () => {
  for (const files of [V1, V2]) {
    const cgroups = new Cgroups(statsHost(files).host);
    assert.equal(await cgroups.usage("/pod/x", { detail: true }), undefined);
    assert.deepEqual(await cgroups.processes("/pod/x"), []);
  }
});

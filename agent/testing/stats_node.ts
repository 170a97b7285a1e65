/**
 * A node with two pods, for tests of what is told of their usage: one of containers in groups of version 2, and a WASM module without a group.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { Runtime, SandboxStatus } from "../runtime/runtime.ts";
import { LookingStats } from "../stats/node_stats.ts";
import { type StatsHost, statsHost } from "./stats_host.ts";

const ROOT = "/sys/fs/cgroup";
const GROUP = "/kubepods/podu1";

/** `/proc/<pid>/stat` of a process that has used so many hundredths of a second. */
function processStat(ticks: number): string {
  const fields = Array.from({ length: 52 }, () => "0");
  fields[14 - 3] = String(ticks); // utime
  fields[20 - 3] = "3"; // threads
  return `7 (a (strange) name) ${fields.join(" ")}`;
}

const FILES: Record<string, string> = {
  "/proc/stat": "cpu  100 0 50 9000 0 5 5 0 0 0\nbtime 1700000000\n",
  "/proc/meminfo":
    "MemTotal: 1000 kB\nMemFree: 400 kB\nInactive(file): 100 kB\nAnonPages: 50 kB\nSwapTotal: 20 kB\nSwapFree: 15 kB\n",
  "/proc/vmstat": "pgfault 9\npgmajfault 2\n",
  "/proc/loadavg": "0.1 0.2 0.3 2/345 999\n",
  "/proc/sys/kernel/pid_max": "4194304\n",
  "/proc/sys/kernel/threads-max": "1000\n",
  "/proc/self/net/dev":
    "  lo: 1 1\n  eth7: 10 1 2 0 0 0 0 0 20 1 4 0 0 0 0 0\n",
  "/proc/41/net/dev": "eth0: 100 1 2 3 0 0 0 0 200 4 5 6 0 0 0 0\n",
  "/proc/41/mountinfo": "31 1 0:5 / / rw - overlay overlay rw,upperdir=/up/1\n",
  "/proc/7/stat": processStat(250),
  "/proc/7/status": "VmRSS:\t4 kB\n",
  "/proc/1/stat": processStat(30),
  "/proc/1/status": "VmRSS:\t8 kB\n",
  [`${ROOT}/cgroup.controllers`]: "cpu memory pids\n",
  [`${ROOT}/cpu.stat`]: "usage_usec 9000000\n",
};

/** Writes a group's files. */
export function writeGroup(
  { files }: StatsHost,
  path: string,
  { cpuMs, memoryBytes }: { cpuMs: number; memoryBytes: number },
): void {
  const group = `${ROOT}${path}`;
  files.set(`${group}/cpu.stat`, `usage_usec ${cpuMs * 1000}\n`);
  files.set(`${group}/memory.current`, `${memoryBytes}\n`);
  files.set(`${group}/memory.stat`, `anon ${memoryBytes}\ninactive_file 0\n`);
  files.set(`${group}/memory.max`, "10000\n");
  files.set(`${group}/cgroup.procs`, "41\n");
  files.set(
    `${group}/io.stat`,
    "8:0 rbytes=0 wbytes=4096 rios=0 wios=1 dbytes=0 dios=0\n8:16 rbytes=9 wbytes=0 rios=2 wios=0\n",
  );
}

/** The node. @param options.containerd what else the runtime of containers can tell */
export function statsNode(
  options: { readonly containerd?: Partial<Runtime> } = {},
): { machine: StatsHost; stats: LookingStats } {
  const machine = statsHost(FILES);
  writeGroup(machine, GROUP, { cpuMs: 3000, memoryBytes: 5000 });
  writeGroup(machine, `${GROUP}/c1`, { cpuMs: 2000, memoryBytes: 4000 });
  machine.sizes.set("/up/1", { usedBytes: 40, inodes: 2 });
  machine.sizes.set("/logs/u1", { usedBytes: 30, inodes: 3 });
  machine.sizes.set("/logs/u1/app", { usedBytes: 25, inodes: 2 });
  machine.sizes.set("/volumes/u1/scratch", { usedBytes: 7, inodes: 1 });
  machine.sizes.set("/volumes/u1/memory", { usedBytes: 9, inodes: 1 });
  const containerd = runtime("containerd", {
    imageFileSystem: () =>
      Promise.resolve({ path: "/images", usedBytes: 77, inodesUsed: 6 }),
    ...options.containerd,
  });
  const wasmtime = runtime("wasmtime", {
    containerPlace: () => Promise.resolve({ pid: 7 }),
  });
  const volumes = [
    { name: "scratch", emptyDir: {} },
    { name: "memory", emptyDir: { medium: "Memory" } },
    { name: "disk", persistentVolumeClaim: { claimName: "mine" } },
  ];
  const stats = new LookingStats(machine.host, {
    nodeName: "n1",
    dataDir: "/data",
    runtimes: [containerd, wasmtime],
    pods: () => [
      {
        pod: pod("web", "u1", { volumes }),
        runtime: containerd,
        sandbox: sandbox("u1", "c1", "10.42.0.2"),
      },
      {
        pod: pod("guest", "u2"),
        runtime: wasmtime,
        sandbox: sandbox("u2", "c2", "127.64.0.2"),
      },
      { pod: pod("waiting", "u3"), runtime: containerd, sandbox: undefined },
    ],
    podCgroup: ({ metadata }) => `/kubepods/pod${metadata.uid}`,
    logFolder: ({ metadata }) => `/logs/${metadata.uid}`,
    volumePath: ({ metadata }, { name }) => `/volumes/${metadata.uid}/${name}`,
  });
  return { machine, stats };
}

function runtime(name: string, more: Partial<Runtime>): Runtime {
  const listImages = () => Promise.resolve([]);
  return { name, listImages, ...more } as Runtime;
}

function pod(name: string, uid: string, spec: Partial<Pod["spec"]> = {}): Pod {
  return {
    metadata: { name, namespace: "default", uid },
    spec: { containers: [{ name: "app" }], ...spec },
  };
}

function sandbox(uid: string, id: string, ip: string): SandboxStatus {
  const common = { labels: {}, annotations: {}, attempt: 0, createdAt: 1000 };
  const container = {
    ...common,
    sandboxId: `s-${uid}`,
    name: "app",
    image: "example/a:1",
    imageRef: "sha256:a",
  };
  return {
    ...common,
    id: `s-${uid}`,
    name: uid,
    namespace: "default",
    uid,
    state: "ready",
    ips: [ip],
    containers: [
      { ...container, id: "old", state: "exited" },
      { ...container, id, state: "running", startedAt: 2000 },
    ],
  };
}

/**
 * `/metrics`: the agent itself, by kubelet's names where they mean the same.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { Cgroups } from "./cgroups.ts";
import { Exposition } from "./exposition.ts";
import type { LookingStats } from "./node_stats.ts";
import type { StatsPod } from "./pod_look.ts";
import {
  parseMachineStat,
  parseProcessStat,
  parseResident,
  startedAt,
} from "./proc_files.ts";
import { textOf } from "./text_file.ts";

/** What the text is made from. */
export interface AgentFacts {
  readonly nodeName: string;
  /** `v1.36.0+wherry-…`. */
  readonly version: string;
  /** The pods that are here. */
  readonly pods: () => readonly StatsPod[];
  readonly stats: LookingStats;
}

type AgentHost = Pick<Host, "disk" | "processes">;

/** A container's states, as kubelet counts them. */
const STATES = ["created", "running", "exited", "unknown"] as const;

/** The annotation that names where a pod came from; `api` for the API. */
const SOURCE = "kubernetes.io/config.source";

/** The text. */
export async function agentMetrics(
  host: AgentHost,
  facts: AgentFacts,
): Promise<string> {
  const out = new Exposition();
  addBuild(out, facts);
  addPods(out, facts.pods());
  await addVolumes(out, facts.stats);
  out.describe(
    "kubelet_cgroup_version",
    "gauge",
    "Version of the machine's control groups",
  );
  out.add("kubelet_cgroup_version", await new Cgroups(host).version());
  await addProcess(out, host);
  return out.text();
}

function addBuild(out: Exposition, { nodeName, version }: AgentFacts): void {
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  out.describe("kubernetes_build_info", "gauge", "What runs; always 1");
  out.add("kubernetes_build_info", 1, {
    labels: { git_version: version, major, minor },
  });
  out.describe("kubelet_node_name", "gauge", "The node's name; always 1");
  out.add("kubelet_node_name", 1, { labels: { node: nodeName } });
}

function addPods(out: Exposition, pods: readonly StatsPod[]): void {
  out.describe("kubelet_desired_pods", "gauge", "Pods that are to be here");
  out.describe("kubelet_active_pods", "gauge", "Pods that have not ended");
  out.describe("kubelet_running_pods", "gauge", "Pods that have a sandbox");
  out.describe("kubelet_running_containers", "gauge", "Containers, by state");
  out.describe(
    "kubelet_managed_ephemeral_containers",
    "gauge",
    "Ephemeral containers of pods here",
  );
  for (const isStatic of [false, true]) {
    const some = pods.filter(({ pod: { metadata } }) =>
      ((metadata.annotations?.[SOURCE] ?? "api") !== "api") === isStatic
    );
    const labels = { static: isStatic ? "true" : "" };
    out.add("kubelet_desired_pods", some.length, { labels });
    const active = some.filter(({ sandbox }) => sandbox !== undefined);
    out.add("kubelet_active_pods", active.length, { labels });
  }
  const sandboxes = pods.flatMap(({ sandbox }) => sandbox ?? []);
  out.add("kubelet_running_pods", sandboxes.length);
  const containers = sandboxes.flatMap(({ containers }) => containers);
  for (const state of STATES) {
    const count = containers.filter((one) => one.state === state).length;
    out.add("kubelet_running_containers", count, {
      labels: { container_state: state },
    });
  }
  out.add(
    "kubelet_managed_ephemeral_containers",
    pods.reduce(
      (sum, { pod }) => sum + (pod.spec.ephemeralContainers?.length ?? 0),
      0,
    ),
  );
}

const VOLUME = [
  ["capacity_bytes", "capacityBytes", "Size of a claim's volume"],
  ["available_bytes", "availableBytes", "What is left of a claim's volume"],
  ["used_bytes", "usedBytes", "What is used of a claim's volume"],
  ["inodes", "inodes", "Files that a claim's volume can have"],
  ["inodes_free", "inodesFree", "Files that a claim's volume can still have"],
  ["inodes_used", "inodesUsed", "Files in a claim's volume"],
] as const;

async function addVolumes(out: Exposition, stats: LookingStats): Promise<void> {
  for (const [name, , help] of VOLUME) {
    out.describe(`kubelet_volume_stats_${name}`, "gauge", help);
  }
  const seen = new Set<string>();
  for (const volume of await stats.claims()) {
    const { namespace, name: claim } = volume.pvcRef!;
    const key = `${namespace}/${claim}`;
    if (seen.has(key)) continue; // several pods share it
    seen.add(key);
    for (const [name, member] of VOLUME) {
      out.add(`kubelet_volume_stats_${name}`, volume[member], {
        labels: { namespace, persistentvolumeclaim: claim },
      });
    }
  }
}

async function addProcess(out: Exposition, host: AgentHost): Promise<void> {
  const read = (name: string) => textOf(host, name);
  const [stat, status, limits, machine, files] = await Promise.all([
    read("/proc/self/stat"),
    read("/proc/self/status"),
    read("/proc/self/limits"),
    read("/proc/stat"),
    host.disk.list("/proc/self/fd").catch(() => undefined),
  ]);
  const own = stat === undefined ? undefined : parseProcessStat(stat);
  const { bootedAt } = parseMachineStat(machine ?? "");
  const most = /^Max open files\s+(\d+)/m.exec(limits ?? "")?.[1];
  const values = [
    [
      "cpu_seconds_total",
      "counter",
      "Processor time of the agent",
      own && own.cpuNs / 1e9,
    ],
    [
      "resident_memory_bytes",
      "gauge",
      "Memory of the agent",
      parseResident(status ?? ""),
    ],
    [
      "virtual_memory_bytes",
      "gauge",
      "Addresses that the agent has taken",
      own?.virtualBytes,
    ],
    [
      "start_time_seconds",
      "gauge",
      "When the agent was started, in seconds since 1970",
      own && startedAt(own, bootedAt) / 1000,
    ],
    ["open_fds", "gauge", "Files that the agent has open", files?.length],
    [
      "max_fds",
      "gauge",
      "Files that the agent may have open",
      most === undefined ? undefined : Number(most),
    ],
  ] as const;
  for (const [name, type, help, value] of values) {
    out.describe(`process_${name}`, type, help);
    out.add(`process_${name}`, value);
  }
}

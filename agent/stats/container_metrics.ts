/**
 * `/metrics/cadvisor`: containers and the machine, by the names that dashboards know.
 *
 * @module
 * @see {@link https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md}
 */
import type { ContainerLook } from "./container_look.ts";
import { Exposition, type Labels } from "./exposition.ts";
import { DISK_IO, METRICS, NETWORK, SPECS } from "./container_series.ts";
import type { GroupUsage } from "./group_usage.ts";
import type { NodeLook } from "./node_stats.ts";
import type { PodLook } from "./pod_look.ts";
import type { InterfaceCounters } from "./proc_files.ts";

/** Facts about the machine. */
export interface MachineFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
}

/** What besides the look is told. */
export interface ContainerMetricsFacts {
  readonly machine: MachineFacts;
  /** The machine as a whole, as its group at the root. */
  readonly root: GroupUsage;
  readonly rootInterfaces: readonly InterfaceCounters[];
  /** Names of block devices, by `major:minor`. */
  readonly devices: ReadonlyMap<string, string>;
}

/** Whose series are added. */
interface Where {
  readonly labels: Labels;
  readonly at: number;
  readonly devices: ReadonlyMap<string, string>;
}

/** The text. */
export function containerMetrics(
  look: NodeLook,
  facts: ContainerMetricsFacts,
): string {
  const out = new Exposition();
  describe(out);
  addMachine(out, facts.machine, look.machine.swap);
  const { at, machine, pods } = look;
  const root = labelsOf({ id: "/" });
  out.add("container_start_time_seconds", machine.bootedAt / 1000, {
    labels: root,
  });
  const { devices } = facts;
  addGroup(out, facts.root, { labels: root, at, devices });
  addInterfaces(out, facts.rootInterfaces, { labels: root, at });
  for (const pod of pods) addPod(out, pod, { at, devices });
  out.add("container_scrape_error", 0);
  return out.text();
}

function addPod(
  out: Exposition,
  look: PodLook,
  { at, devices }: Omit<Where, "labels">,
): void {
  const { metadata } = look.of.pod;
  const pod = { namespace: metadata.namespace!, pod: metadata.name! };
  if (look.cgroupPath !== undefined) {
    const labels = labelsOf({ id: look.cgroupPath, ...pod });
    out.add("container_start_time_seconds", look.sandbox.createdAt / 1000, {
      labels,
    });
    addGroup(out, look, { labels, at, devices });
  }
  // As with cAdvisor, a pod's network is that of its sandbox.
  const { id } = look.sandbox;
  const sandbox = labelsOf({
    id: look.cgroupPath === undefined ? `/${id}` : `${look.cgroupPath}/${id}`,
    name: id,
    ...pod,
  });
  addInterfaces(out, look.interfaces ?? [], { labels: sandbox, at });
  for (const one of look.containers) {
    addContainer(out, one, { pod, at, devices });
  }
}

function addContainer(
  out: Exposition,
  look: ContainerLook,
  { pod, at, devices }: Omit<Where, "labels"> & {
    readonly pod: { readonly namespace: string; readonly pod: string };
  },
): void {
  const { container, cgroupPath, pids, told } = look;
  const labels = labelsOf({
    id: cgroupPath ?? `/${container.id}`,
    name: container.id,
    image: container.image,
    container: container.name,
    ...pod,
  });
  const startedAt = container.startedAt ?? container.createdAt;
  out.add("container_start_time_seconds", startedAt / 1000, { labels });
  out.add("container_last_seen", Math.floor(at / 1000), { labels, at });
  out.add("container_processes", pids.length || undefined, { labels, at });
  out.add("container_fs_usage_bytes", told?.writableLayer?.usedBytes, {
    labels: { ...labels, device: "" },
    at,
  });
  addGroup(out, look, { labels, at, devices });
}

function addGroup(
  out: Exposition,
  group: GroupUsage,
  { labels, at, devices }: Where,
): void {
  for (const io of group.io ?? []) {
    const device = devices.get(io.device) ?? io.device;
    for (const [name, member] of DISK_IO) {
      out.add(`container_fs_${name}`, io[member] as number, {
        labels: { ...labels, device },
        at,
      });
    }
  }
  for (const [name, , , value] of METRICS) {
    out.add(`container_${name}`, value(group), { labels, at });
  }
  for (const [name, , , value] of SPECS) {
    out.add(`container_${name}`, value(group), { labels });
  }
  out.add(
    "container_cpu_usage_seconds_total",
    group.cpu && group.cpu.usageNs / 1e9,
    {
      labels: { ...labels, cpu: "total" },
      at,
    },
  );
  const { memory } = group;
  for (
    const [type, faults] of [
      ["pgfault", memory?.pageFaults],
      ["pgmajfault", memory?.majorPageFaults],
    ] as const
  ) {
    out.add("container_memory_failures_total", faults, {
      labels: { ...labels, failure_type: type, scope: "hierarchy" },
      at,
    });
  }
}

function addInterfaces(
  out: Exposition,
  interfaces: readonly InterfaceCounters[],
  { labels, at }: { readonly labels: Labels; readonly at: number },
): void {
  for (const counters of interfaces) {
    const own = { ...labels, interface: counters.name };
    for (const [name, member] of NETWORK) {
      out.add(`container_network_${name}`, counters[member] as number, {
        labels: own,
        at,
      });
    }
  }
}

function addMachine(
  out: Exposition,
  machine: MachineFacts,
  swap: { readonly usedBytes: number; readonly freeBytes: number } | undefined,
): void {
  const { machineId, systemUuid, bootId } = machine;
  const labels = {
    boot_id: bootId,
    machine_id: machineId,
    system_uuid: systemUuid,
  };
  out.add("machine_cpu_cores", machine.cpus, { labels });
  out.add("machine_memory_bytes", machine.memoryBytes, { labels });
  out.add("machine_swap_bytes", swap && swap.usedBytes + swap.freeBytes, {
    labels,
  });
  out.add("machine_scrape_error", 0);
}

/** All have the same labels; those that say nothing of one are empty. */
function labelsOf(known: Labels): Labels {
  return {
    container: "",
    id: "",
    image: "",
    name: "",
    namespace: "",
    pod: "",
    ...known,
  };
}

function describe(out: Exposition): void {
  for (const [name, type, help] of [...METRICS, ...SPECS]) {
    out.describe(`container_${name}`, type, help);
  }
  for (const [name, , help] of DISK_IO) {
    out.describe(`container_fs_${name}`, "counter", help);
  }
  for (const [name, , help] of NETWORK) {
    out.describe(`container_network_${name}`, "counter", help);
  }
  for (
    const [name, type, help] of [
      ["container_cpu_usage_seconds_total", "counter", "Processor time used"],
      ["container_memory_failures_total", "counter", "Page faults"],
      [
        "container_start_time_seconds",
        "gauge",
        "When it was started, in seconds since 1970",
      ],
      [
        "container_last_seen",
        "gauge",
        "When it was looked at, in seconds since 1970",
      ],
      ["container_processes", "gauge", "Processes"],
      [
        "container_fs_usage_bytes",
        "gauge",
        "What it wrote into its own file system",
      ],
      [
        "container_scrape_error",
        "gauge",
        "1 when containers could not be read, else 0",
      ],
      ["machine_cpu_cores", "gauge", "Processors"],
      ["machine_memory_bytes", "gauge", "Memory"],
      ["machine_swap_bytes", "gauge", "Swap"],
      [
        "machine_scrape_error",
        "gauge",
        "1 when the machine could not be read, else 0",
      ],
    ] as const
  ) out.describe(name, type, help);
}

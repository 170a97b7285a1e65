/**
 * What the node and its pods use, found out when somebody asks.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ContainerUsage } from "../runtime/usage.ts";
import { Cgroups } from "./cgroups.ts";
import type { GroupUsage } from "./group_usage.ts";
import { memoryFrom, processesUsage, type Told } from "./container_look.ts";
import {
  interfacesOf,
  machineThreads,
  type MachineUsage,
  machineUsage,
} from "./machine_usage.ts";
import { type DiskPlaces, NodeDisks } from "./node_disks.ts";
import { lookAtPod, type PodLook, type StatsPod } from "./pod_look.ts";
import { type CpuRate, Rates, SHORTEST_WINDOW_MS } from "./rates.ts";
import { groupStats, networkStats, statsTime } from "./stats_text.ts";
import type {
  ContainerStats,
  NodeStats,
  NodeSummary,
  PodStats,
  Summary,
  SummaryOptions,
  VolumeStats,
} from "./summary.ts";

/** How long, in milliseconds, a look serves all who ask. */
const FRESH_MS = 1_000;

/** What {@linkcode makeNodeStats} works with. */
export interface NodeStatsOptions extends DiskPlaces {
  readonly nodeName: string;
  /** The pods that are here. */
  readonly pods: () => readonly StatsPod[];
  /** The control group of a pod, relative to the root; undefined where pods have none. */
  readonly podCgroup: (pod: Pod) => string | undefined;
  /** The group above those of all pods. */
  readonly podsCgroup?: string;
}

/** Everything at a moment. */
export interface NodeLook {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly machine: MachineUsage;
  readonly pods: readonly PodLook[];
  /** Of the machine, of pods by UID and of containers by id. */
  readonly rates: ReadonlyMap<string, CpuRate>;
  /** Whether all that runs has a rate. */
  readonly hasRates: boolean;
}

/** The key of the machine's own rate. */
export const NODE_KEY = "";

/** Host of {@linkcode LookingStats}. */
type StatsHost = Pick<Host, "clock" | "disk" | "processes">;

/** {@linkcode NodeStats} of a Linux machine. */
export class LookingStats implements NodeStats {
  readonly #host: StatsHost;
  readonly #options: NodeStatsOptions;
  readonly #cgroups: Cgroups;
  readonly #disks: NodeDisks;
  readonly #rates = new Rates();
  /** When the agent began, in milliseconds since 1970. */
  readonly startedAt: number;
  #looks: { atMs: number; detail: boolean; look: Promise<NodeLook> }[] = [];

  constructor(host: StatsHost, options: NodeStatsOptions) {
    this.#host = host;
    this.#options = options;
    this.#cgroups = new Cgroups(host);
    this.#disks = new NodeDisks(host, options);
    this.startedAt = host.clock.now();
  }

  async summary(options: SummaryOptions = {}): Promise<Summary> {
    const detail = !options.onlyCpuAndMemory;
    const look = await this.look({ detail, rates: options.rates ?? false });
    const time = statsTime(look.at);
    const pods: PodStats[] = [];
    for (const pod of look.pods) {
      pods.push(
        detail
          ? await this.#wholePod(pod, look)
          : podStats(pod, look.rates, time),
      );
    }
    const node = nodeStats(this.#options.nodeName, look.machine, {
      time,
      rate: look.rates.get(NODE_KEY),
    });
    const systemContainers = await this.#systemContainers(time);
    return {
      node: {
        ...node,
        ...systemContainers.length > 0 && { systemContainers },
        ...detail && await this.#nodeDisks(time),
      },
      pods,
    };
  }

  async node(): Promise<NodeSummary> {
    const { nodeName } = this.#options;
    const time = statsTime(this.#host.clock.now());
    const machine = await machineUsage(this.#host, this.#cgroups);
    return {
      ...nodeStats(nodeName, machine, { time, rate: undefined }),
      ...await this.#nodeDisks(time),
    };
  }

  /** The machine as a group, with all that is known of it. */
  async root({ machine }: NodeLook): Promise<GroupUsage> {
    const group = await this.#cgroups.usage("", { detail: true });
    // The root of version 2 counts no memory.
    const memory = group?.memory ??
      (machine.memory && memoryFrom({
        ...machine.memory,
        swapBytes: machine.swap?.usedBytes ?? 0,
      }));
    return {
      cpu: { usageNs: machine.cpuNs },
      ...group,
      ...memory && { memory },
    };
  }

  /** The volumes of claims. */
  async claims(): Promise<VolumeStats[]> {
    const time = statsTime(this.#host.clock.now());
    const claims: VolumeStats[] = [];
    for (const { pod } of this.#options.pods()) {
      claims.push(...await this.#disks.claims(pod, time));
    }
    return claims;
  }

  /** One look at everything; shared by all who ask within a second. */
  async look(
    { detail, rates }: { readonly detail: boolean; readonly rates: boolean },
  ): Promise<NodeLook> {
    const look = await this.#fresh(detail);
    if (!rates || look.hasRates) return look;
    await this.#host.clock.sleep(SHORTEST_WINDOW_MS);
    return await this.#fresh(detail);
  }

  #fresh(detail: boolean): Promise<NodeLook> {
    const nowMs = this.#host.clock.monotonicMs();
    this.#looks = this.#looks.filter(({ atMs }) => nowMs - atMs < FRESH_MS);
    const known = this.#looks.find((one) => one.detail || !detail);
    if (known) return known.look;
    const look = this.#look(detail);
    this.#looks.push({ atMs: nowMs, detail, look });
    // Whoever comes after a failure tries again.
    look.catch(() => {
      this.#looks = this.#looks.filter((one) => one.look !== look);
    });
    return look;
  }

  async #look(detail: boolean): Promise<NodeLook> {
    const { clock } = this.#host;
    const { pods: present, podCgroup, runtimes } = this.#options;
    const told = new Map(
      runtimes.map((runtime) => [runtime, tellsOnce(runtime)]),
    );
    // Pods of several engines have a runtime that is none of the node's.
    const tells = (runtime: Runtime) => {
      const known = told.get(runtime) ?? tellsOnce(runtime);
      told.set(runtime, known);
      return known;
    };
    const machine = await machineUsage(this.#host, this.#cgroups);
    const found = new Map<string, CpuRate>();
    const keys = new Set<string>();
    const note = (key: string, usageNs: number | undefined) => {
      if (usageNs === undefined) return;
      keys.add(key);
      const rate = this.#rates.add(key, { atMs: clock.monotonicMs(), usageNs });
      if (rate) found.set(key, rate);
    };
    note(NODE_KEY, machine.cpuNs);
    const pods: PodLook[] = [];
    for (const pod of present()) {
      const look = await lookAtPod(this.#host, pod, {
        cgroups: this.#cgroups,
        podCgroup,
        told: tells(pod.runtime),
        detail,
      });
      if (!look) continue;
      note(pod.pod.metadata.uid!, look.cpu?.usageNs);
      for (const { container, cpu } of look.containers) {
        note(container.id, cpu?.usageNs);
      }
      pods.push(look);
    }
    this.#rates.keepOnly(keys);
    this.#disks.tidy();
    return {
      at: clock.now(),
      machine,
      pods,
      rates: found,
      hasRates: keys.size === found.size,
    };
  }

  async #wholePod(pod: PodLook, look: NodeLook): Promise<PodStats> {
    const time = statsTime(look.at);
    const { containers, ...disks } = await this.#disks.pod(pod, time);
    const stats = podStats(pod, look.rates, time);
    return {
      ...stats,
      containers: stats.containers.map((container) => ({
        ...container,
        ...containers.get(container.name),
      })),
      ...pod.interfaces && { network: networkStats(pod.interfaces, time) },
      ...disks,
      process_stats: { process_count: processesOf(pod) },
    };
  }

  async #nodeDisks(
    time: string,
  ): Promise<Pick<NodeSummary, "fs" | "runtime" | "rlimit" | "network">> {
    const [{ fs, imageFs }, { current, most }, interfaces] = await Promise.all([
      this.#disks.node(time),
      machineThreads(this.#host),
      interfacesOf(this.#host),
    ]);
    return {
      network: networkStats(interfaces, time),
      ...fs && { fs },
      // Containers write on the file system of their images; there is no runtime of ours that splits the two.
      runtime: { imageFs, containerFs: imageFs },
      rlimit: {
        time,
        ...most !== undefined && { maxpid: most },
        ...current !== undefined && { curproc: current },
      },
    };
  }

  /** The agent itself, and all pods together. */
  async #systemContainers(time: string): Promise<ContainerStats[]> {
    const { podsCgroup } = this.#options;
    const { selfPid } = this.#host.processes;
    const [pods, own] = await Promise.all([
      podsCgroup === undefined
        ? undefined
        : this.#cgroups.usage(podsCgroup, { detail: false }),
      processesUsage(this.#host, [selfPid]),
    ]);
    const startTime = statsTime(this.startedAt);
    return [
      ...own
        ? [{
          name: "kubelet",
          startTime,
          ...groupStats(own, { time, rate: undefined }),
        }]
        : [],
      ...pods
        ? [{
          name: "pods",
          startTime,
          ...groupStats(pods, { time, rate: undefined }),
        }]
        : [],
    ];
  }
}

function nodeStats(
  nodeName: string,
  machine: MachineUsage,
  { time, rate }: { readonly time: string; readonly rate: CpuRate | undefined },
): NodeSummary {
  const { memory, swap, psi } = machine;
  return {
    nodeName,
    startTime: statsTime(machine.bootedAt),
    cpu: {
      time,
      ...rate && { usageNanoCores: rate.nanoCores },
      usageCoreNanoSeconds: machine.cpuNs,
      ...psi.cpu && { psi: psi.cpu },
    },
    ...memory && {
      memory: {
        time,
        availableBytes: Math.max(0, memory.totalBytes - memory.workingSetBytes),
        usageBytes: memory.usageBytes,
        workingSetBytes: memory.workingSetBytes,
        rssBytes: memory.rssBytes,
        pageFaults: memory.pageFaults,
        majorPageFaults: memory.majorPageFaults,
        ...psi.memory && { psi: psi.memory },
      },
    },
    ...psi.io && { io: { time, psi: psi.io } },
    ...swap && {
      swap: {
        time,
        swapAvailableBytes: swap.freeBytes,
        swapUsageBytes: swap.usedBytes,
      },
    },
  };
}

function podStats(
  look: PodLook,
  rates: ReadonlyMap<string, CpuRate>,
  time: string,
): PodStats {
  const { metadata } = look.of.pod;
  const uid = metadata.uid!;
  return {
    podRef: { name: metadata.name!, namespace: metadata.namespace!, uid },
    startTime: statsTime(look.sandbox.createdAt),
    containers: look.containers.map((one) => ({
      name: one.container.name,
      startTime: statsTime(one.container.startedAt ?? one.container.createdAt),
      ...groupStats(one, { time, rate: rates.get(one.container.id) }),
    })),
    ...groupStats(look, { time, rate: rates.get(uid) }),
  };
}

function processesOf({ containers }: PodLook): number {
  return containers.reduce((sum, { pids }) => sum + pids.length, 0);
}

/** What a runtime counts itself, asked at most once. One that does not answer knows nothing. */
function tellsOnce(runtime: Runtime): Told {
  let asked: Promise<ReadonlyMap<string, ContainerUsage>> | undefined;
  return () =>
    asked ??= (async () => {
      const told = await runtime.containerUsage?.().catch(() => []) ?? [];
      return new Map(told.map((one) => [one.id, one]));
    })();
}

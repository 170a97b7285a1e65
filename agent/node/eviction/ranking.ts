/**
 * Which pod goes first.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { podRequests } from "../../../src/api/core/pod_resources.ts";
import { wholeUnits } from "../../../src/api/quantity.ts";
import type { FsStats, PodStats } from "../../stats/summary.ts";
import { type Signal, SIGNALS } from "./threshold.ts";

/** A pod's usage by UID. */
export type StatsOf = (pod: Pod) => PodStats | undefined;

/** Parts of a pod's disk that a signal is about. */
type DiskPart = "root" | "logs" | "volumes";

/**
 * The pods in the order in which they are evicted for a signal: first those that use more than they asked for, among them by priority, the least first,
 * then by how much more they use.
 *
 * @param options.hasImageFs whether images and containers have a file system of their own
 */
export function rankPods(
  pods: readonly Pod[],
  { signal, stats, hasImageFs }: {
    readonly signal: Signal;
    readonly stats: StatsOf;
    readonly hasImageFs: boolean;
  },
): Pod[] {
  const { resource } = SIGNALS[signal];
  const measure = (pod: Pod): Measured => {
    const used = stats(pod);
    if (!used) return { pod, isKnown: false, exceeds: true, over: 0 };
    if (resource === "pids") {
      const over = used.process_stats?.process_count ?? 0;
      return { pod, isKnown: true, exceeds: false, over };
    }
    const usage = resource === "memory"
      ? used.memory?.workingSetBytes ?? 0
      : diskUsage(pod, used, {
        parts: partsOf(signal, hasImageFs),
        inodes: resource === "inodes",
      });
    const over = usage - requested(pod, resource);
    // Nobody can ask for files.
    const exceeds = resource === "inodes" ? usage > 0 : over > 0;
    return { pod, isKnown: true, exceeds, over };
  };
  const byPriority = (a: Measured, b: Measured) =>
    priorityOf(a.pod) - priorityOf(b.pod);
  const byUsage = (a: Measured, b: Measured) => b.over - a.over;
  return pods.map(measure).sort((a, b) => {
    if (resource === "pids") return byPriority(a, b) || byUsage(a, b);
    // Of a pod that nobody can tell about the worst is thought.
    if (!a.isKnown || !b.isKnown) return Number(a.isKnown) - Number(b.isKnown);
    return Number(b.exceeds) - Number(a.exceeds) || byPriority(a, b) ||
      byUsage(a, b);
  }).map(({ pod }) => pod);
}

interface Measured {
  readonly pod: Pod;
  readonly isKnown: boolean;
  /** Whether it uses more than it asked for. */
  readonly exceeds: boolean;
  /** By how much. */
  readonly over: number;
}

function partsOf(signal: Signal, hasImageFs: boolean): readonly DiskPart[] {
  if (!hasImageFs) return ["root", "logs", "volumes"];
  return signal.startsWith("nodefs") ? ["logs", "volumes"] : ["root"];
}

function diskUsage(
  pod: Pod,
  stats: PodStats,
  { parts, inodes }: {
    readonly parts: readonly DiskPart[];
    readonly inodes: boolean;
  },
): number {
  const usage = (fs: FsStats | undefined) =>
    (inodes ? fs?.inodesUsed : fs?.usedBytes) ?? 0;
  let sum = 0;
  for (const { rootfs, logs } of stats.containers) {
    if (parts.includes("root")) sum += usage(rootfs);
    if (parts.includes("logs")) sum += usage(logs);
  }
  if (!parts.includes("volumes")) return sum;
  for (const volume of pod.spec.volumes ?? []) {
    const isLocal = volume.hostPath || volume.emptyDir || volume.configMap ||
      volume.gitRepo;
    if (!isLocal) continue;
    sum += usage(stats.volume?.find(({ name }) => name === volume.name));
  }
  return sum;
}

function requested(pod: Pod, resource: string): number {
  // As kubelet: bytes of storage stand for files.
  const name = resource === "inodes" ? "ephemeral-storage" : resource;
  const request = podRequests(pod)[name];
  return request === undefined ? 0 : wholeUnits(request);
}

function priorityOf(pod: Pod): number {
  return pod.spec.priority ?? 0;
}

/**
 * What keeps a node well: it is relieved when it runs short, tidied up, and ended in order.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { Host } from "../../src/base/host.ts";
import type { PodAdmitHandler } from "../pod/admission/handler.ts";
import type { PodRecord } from "../pod/pod_record.ts";
import { PODS_CGROUP } from "../runtime/cgroups/pod_cgroup.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { Cgroups } from "../stats/cgroups.ts";
import type { NodeStats } from "../stats/summary.ts";
import { podsMemoryBytes } from "./capacity.ts";
import {
  type EvictablePod,
  EvictionManager,
} from "./eviction/eviction_manager.ts";
import { NodeLooker, type NodeLookerOptions } from "./eviction/observations.ts";
import type { PressureCondition } from "./eviction/threshold.ts";
import { ContainerGarbage } from "./garbage/container_garbage.ts";
import { ImageGarbage } from "./garbage/image_garbage.ts";
import type { NodeEvents } from "./node_events.ts";
import { type NodeOptions, thresholdsOf } from "./node_options.ts";
import { NodeShutdown } from "./shutdown.ts";

/** How often, in milliseconds, it is looked whether images or containers have to go; kubelet's period for images. */
const COLLECT_MS = 300_000;

/** What a {@linkcode NodeCare} works with. */
export interface NodeCareParts {
  readonly dataDir: string;
  readonly options: NodeOptions;
  /** Of the machine. */
  readonly memoryBytes: number;
  readonly runtimes: readonly Runtime[];
  /** Pods that are here. */
  readonly records: () => readonly PodRecord[];
  /** Whether all pods of the node are known by now. */
  readonly isComplete: () => boolean;
  readonly stats: () => Pick<NodeStats, "summary">;
  readonly events: () => NodeEvents;
  /** Tells of a pod's end. */
  readonly podEvent: (pod: Pod, message: string) => void;
  /** Called when the Node is to say something else. */
  readonly onChange: () => void;
}

/** Eviction, garbage and shutdown of one node. */
export class NodeCare {
  readonly shutdown: NodeShutdown;
  readonly #host: Host;
  readonly #eviction: EvictionManager;
  readonly #images: ImageGarbage;
  readonly #containers: ContainerGarbage;
  /** Whether pods have changed since the last collection. */
  #hasChanged = true;

  constructor(host: Host, parts: NodeCareParts) {
    const { options, runtimes, events, onChange, records } = parts;
    this.#host = host;
    const pods = () => records().filter(isActive).map(evictable);
    const thresholds = thresholdsOf(options);
    const node = new NodeLooker(host, {
      dataDir: parts.dataDir,
      imageFolder: () => imageFolder(runtimes),
      signals: new Set(thresholds.map(({ signal }) => signal)),
      podsMemory: podsMemory(host, parts),
    });
    this.#images = new ImageGarbage(host, {
      ...options.imageGarbage,
      runtimes,
      disk: () => node.imageFs(),
      pods: () => records().map(({ pod }) => pod),
      events,
      onRemoved: onChange,
    });
    this.#containers = new ContainerGarbage(host, {
      ...options.containerGarbage,
      runtimes,
      podState: (uid) => {
        const record = records().find((one) => one.uid === uid);
        if (!record) return "unknown";
        return record.ended ? "ended" : "running";
      },
      isComplete: parts.isComplete,
      events,
    });
    this.#eviction = new EvictionManager(host, {
      ...options.eviction,
      thresholds,
      node,
      stats: { summary: (wish) => parts.stats().summary(wish) },
      pods,
      reclaim: {
        containers: () => this.#containers.deleteUnused(),
        images: () => this.#images.deleteUnused(),
      },
      events,
      podEvent: parts.podEvent,
      onChange,
    });
    this.shutdown = new NodeShutdown(host, {
      periods: options.shutdown ?? [],
      pods,
      events,
      onChange,
    });
  }

  /** Those that others come between, in kubelet's order. */
  get handlers(): {
    readonly first: PodAdmitHandler;
    readonly last: PodAdmitHandler;
  } {
    return { first: this.#eviction, last: this.shutdown };
  }

  /** What the node is short of. */
  get pressures(): readonly PressureCondition[] {
    return this.#eviction.conditions;
  }

  /** Call it when pods have come, changed or gone: then there may be something to collect. */
  podsChanged(): void {
    this.#hasChanged = true;
  }

  /** Call it with the images that are on the node, whenever somebody has asked for them anyway. */
  imagesSeen(images: readonly { readonly id?: string }[]): void {
    this.#images.seen(images.map(({ id }) => id));
  }

  /** Works until the signal aborts. */
  start(signal: AbortSignal): void {
    this.#host.spawn("eviction", () => this.#eviction.run(signal));
    this.#host.spawn("garbage", () => this.#collect(signal));
    if (this.shutdown.isOn) {
      this.#host.spawn("shutdown-watch", () => this.#watchShutdown(signal));
    }
  }

  /** Few nodes have it, so it is loaded only then. */
  async #watchShutdown(signal: AbortSignal): Promise<void> {
    const { ShutdownWatch } = await import("./shutdown_watch.ts");
    const { shutdown } = this;
    await new ShutdownWatch(this.#host, { shutdown }).run(signal);
  }

  async #collect(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#host.clock.sleep(COLLECT_MS, signal);
      if (this.#images.isOn) await this.#images.collect();
      if (!this.#hasChanged) continue;
      this.#hasChanged = false;
      await this.#containers.collect();
    }
  }
}

/** What all pods together have of memory; without reserves they may have all, and what the machine has left says everything. */
function podsMemory(
  host: Host,
  { memoryBytes, options }: Pick<NodeCareParts, "memoryBytes" | "options">,
): NonNullable<NodeLookerOptions["podsMemory"]> {
  const mostBytes = podsMemoryBytes({ memoryBytes }, options);
  if (mostBytes === memoryBytes) return () => Promise.resolve(undefined);
  const cgroups = new Cgroups(host);
  return async () => {
    const usage = await cgroups.usage(PODS_CGROUP, { detail: false });
    const { workingSetBytes } = usage?.memory ?? {};
    return workingSetBytes === undefined
      ? undefined
      : { workingSetBytes, mostBytes };
  };
}

/** Whether something of the pod runs, or may yet. */
function isActive({ ended, isAdmitted, isRejected }: PodRecord): boolean {
  return isAdmitted && !ended && !isRejected;
}

function evictable(record: PodRecord): EvictablePod {
  return {
    pod: record.pod,
    isLeaving: record.failure !== undefined || record.terminating,
    evict: (failure) => record.fail(failure),
    ended: async (signal) => {
      while (!record.isReleased) {
        await record.bell.after(record.bell.rings, signal);
      }
    },
  };
}

/** Where the images of the first runtime that can tell lie. */
async function imageFolder(
  runtimes: readonly Runtime[],
): Promise<string | undefined> {
  for (const runtime of runtimes) {
    const told = await runtime.imageFileSystem?.().catch(() => undefined);
    if (told) return told.path;
  }
  return undefined;
}

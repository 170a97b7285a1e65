/**
 * Keeps the node alive: when it is short of memory, disk or processes, first rubbish goes, then pods.
 *
 * @module
 * @see {@link https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/}
 */
import { sameJson } from "../../../src/api/equal.ts";
import { qosClass } from "../../../src/api/core/pod_resources.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import { tolerates } from "../../../src/api/core/tolerates.ts";
import { messageOf } from "../../../src/base/errors.ts";
import type { Host } from "../../../src/base/host.ts";
import {
  type AdmitResult,
  ADMITTED,
  type PodAdmitHandler,
} from "../../pod/admission/handler.ts";
import { isCritical } from "../../container/critical_pod.ts";
import type { PodFailure } from "../../pod/pod_record.ts";
import type { NodeStats, PodStats } from "../../stats/summary.ts";
import type { NodeEvents } from "../node_events.ts";
import { hasStorageLimit, storageExcess } from "./local_storage.ts";
import { conditionMessage, EVICTED, evictionMessage } from "./message.ts";
import type { Observations } from "./observations.ts";
import { crossed, PressureTracker, type Verdict } from "./pressure_tracker.ts";
import { rankPods } from "./ranking.ts";
import {
  type PressureCondition,
  SIGNALS,
  type Threshold,
} from "./threshold.ts";

/** How often, in milliseconds, the node is looked at while something is close to its threshold; kubelet's period. */
const CLOSE_LOOK_MS = 10_000;
/** How often else, unless a resource shrinks so fast that it would be too late. */
const LOOK_MS = 30_000;
/** The shortest time between two looks. */
const SHORTEST_LOOK_MS = 2_000;
/** How long, in milliseconds, an evicted pod may take until the next look. */
const CLEANUP_MS = 30_000;
/** Grace, in seconds, where there is no time. */
const AT_ONCE_SECONDS = 1;

/** A pod that may be evicted. */
export interface EvictablePod {
  readonly pod: Pod;
  /** Whether it is on its way out already. */
  readonly isLeaving: boolean;
  /** Ends it. */
  evict(failure: PodFailure): void;
  /** Resolves when nothing of it runs any more and its volumes are gone. @throws the signal's reason */
  ended(signal: AbortSignal): Promise<void>;
}

/** What the manager works with. */
export interface EvictionManagerOptions {
  readonly thresholds: readonly Threshold[];
  /** How long, in milliseconds, a pressure is told after it was seen last. @default 300_000 */
  readonly transitionPeriodMs?: number;
  /** Longest grace, in seconds, under a soft threshold. @default 0 */
  readonly maxPodGraceSeconds?: number;
  readonly node: {
    observe(): Promise<Observations>;
    hasImageFs(): Promise<boolean>;
  };
  readonly stats: Pick<NodeStats, "summary">;
  /** Pods that run here. */
  readonly pods: () => readonly EvictablePod[];
  /** Frees what nobody needs. */
  readonly reclaim: {
    containers(): Promise<void>;
    images(): Promise<void>;
  };
  readonly events: () => NodeEvents;
  /** Tells of a pod's end. */
  readonly podEvent: (pod: Pod, message: string) => void;
  /** Called when the node is short of something else than before. */
  readonly onChange: () => void;
}

/** One node's. It writes nothing, and asks nothing of pods before there is a need. */
export class EvictionManager implements PodAdmitHandler {
  readonly #host: Host;
  readonly #options: EvictionManagerOptions;
  readonly #tracker: PressureTracker;
  #conditions: readonly PressureCondition[] = [];

  constructor(host: Host, options: EvictionManagerOptions) {
    const { transitionPeriodMs = 300_000 } = options;
    this.#host = host;
    this.#options = options;
    this.#tracker = new PressureTracker(options.thresholds, {
      transitionPeriodMs,
    });
  }

  /** What the node is short of. */
  get conditions(): readonly PressureCondition[] {
    return this.#conditions;
  }

  /** A node that is short of memory takes no pod that asks for nothing; one that is short of anything else takes only critical ones. */
  admit(pod: Pod): AdmitResult {
    const conditions = this.#conditions;
    if (conditions.length === 0 || isCritical(pod)) return ADMITTED;
    if (conditions.length === 1 && conditions[0] === "MemoryPressure") {
      const isTolerated = tolerates(pod.spec.tolerations, {
        key: "node.kubernetes.io/memory-pressure",
        effect: "NoSchedule",
      });
      if (isTolerated || qosClass(pod) !== "BestEffort") return ADMITTED;
    }
    const message = conditionMessage(conditions);
    return { admitted: false, reason: EVICTED, message };
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let waitMs: number = CLOSE_LOOK_MS;
      try {
        const { evicted, isClose, crossedInMs } = await this.look();
        waitMs = Math.max(
          SHORTEST_LOOK_MS,
          Math.min(crossedInMs, isClose ? CLOSE_LOOK_MS : LOOK_MS),
        );
        if (evicted.length > 0) {
          await this.#cleanedUp(evicted, signal);
          waitMs = 0;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#host.log("warn", "Could not look after the node's resources", {
          error: messageOf(error),
        });
      }
      if (waitMs > 0) await this.#host.clock.sleep(waitMs, signal);
    }
  }

  /** Looks once, and does what is to be done. */
  async look(): Promise<
    Pick<Verdict, "isClose" | "crossedInMs"> & {
      readonly evicted: readonly EvictablePod[];
    }
  > {
    const { node, pods, onChange } = this.#options;
    const observations = await node.observe();
    const { conditions, due, isClose, crossedInMs } = this.#tracker.take(
      observations,
      this.#host.clock.monotonicMs(),
    );
    if (!sameJson(conditions, this.#conditions)) {
      this.#conditions = conditions;
      onChange();
    }
    const active = pods().filter(({ isLeaving }) => !isLeaving);
    const greedy = await this.#evictGreedy(active);
    const busy = isClose || conditions.length > 0;
    if (greedy.length > 0) {
      return { evicted: greedy, isClose: busy, crossedInMs };
    }
    const [first, ...rest] = due;
    if (!first) return { evicted: [], isClose: busy, crossedInMs };
    const evicted = await this.#relieve(active, {
      due: [first, ...rest],
      observations,
    });
    // Where nobody can go there is no hurry.
    return {
      evicted: evicted ? [evicted] : [],
      isClose: true,
      crossedInMs: Infinity,
    };
  }

  /** Pods that take more of the disk than they may go without regard to how much is left. */
  async #evictGreedy(
    active: readonly EvictablePod[],
  ): Promise<EvictablePod[]> {
    const limited = active.filter(({ pod }) => hasStorageLimit(pod));
    if (limited.length === 0) return [];
    const [stats, hasImageFs] = [
      await this.#stats(),
      await this.#options.node.hasImageFs(),
    ];
    return limited.filter((one) => {
      const used = stats.get(one.pod.metadata.uid!);
      const message = used && storageExcess(one.pod, used, { hasImageFs });
      return message !== undefined &&
        this.#evict(one, { message, graceSeconds: AT_ONCE_SECONDS });
    });
  }

  /** Makes room for the most urgent of the thresholds; at most one pod goes at a time. */
  async #relieve(
    active: readonly EvictablePod[],
    { due, observations }: {
      readonly due: readonly [Threshold, ...Threshold[]];
      readonly observations: Observations;
    },
  ): Promise<EvictablePod | undefined> {
    const [{ signal, graceMs }] = due;
    const { resource } = SIGNALS[signal];
    this.#options.events().warning(
      "EvictionThresholdMet",
      `Attempting to reclaim ${resource}`,
    );
    const hasImageFs = await this.#options.node.hasImageFs();
    if (await this.#reclaimed(signal, hasImageFs)) return undefined;
    const stats = await this.#stats();
    const ranked = rankPods(active.map(({ pod }) => pod), {
      signal,
      stats: (pod) => stats.get(pod.metadata.uid!),
      hasImageFs,
    });
    for (const pod of ranked) {
      const message = evictionMessage(pod, {
        due,
        observations,
        stats: stats.get(pod.metadata.uid!),
      });
      const one = active.find((candidate) => candidate.pod === pod)!;
      const graceSeconds = graceMs === 0 ? AT_ONCE_SECONDS : Math.min(
        this.#options.maxPodGraceSeconds ?? 0,
        pod.spec.terminationGracePeriodSeconds ?? 30,
      );
      if (this.#evict(one, { message, graceSeconds, isDisruption: true })) {
        return one;
      }
    }
    this.#host.log(
      "warn",
      "The node is short of a resource and no pod can go",
      {
        resource,
      },
    );
    return undefined;
  }

  /** Removes what nobody needs, where that helps. Answers whether it was enough. */
  async #reclaimed(
    signal: Threshold["signal"],
    hasImageFs: boolean,
  ): Promise<boolean> {
    const { reclaim, node, thresholds } = this.#options;
    const isDisk = SIGNALS[signal].condition === "DiskPressure";
    if (!isDisk || (hasImageFs && signal.startsWith("nodefs"))) return false;
    for (const free of [reclaim.containers, reclaim.images]) {
      try {
        await free();
      } catch (error) {
        this.#host.log("warn", "Could not free what nobody needs", {
          error: messageOf(error),
        });
      }
    }
    const after = await node.observe();
    return crossed(thresholds, after, { withReclaim: true }).length === 0;
  }

  #evict(
    one: EvictablePod,
    failure: Omit<PodFailure, "reason">,
  ): boolean {
    // What comes from the node itself would not come back.
    if (isCritical(one.pod)) return false;
    this.#options.podEvent(one.pod, failure.message);
    this.#host.log("info", "Evicting a pod", {
      pod: `${one.pod.metadata.namespace}/${one.pod.metadata.name}`,
      message: failure.message,
    });
    one.evict({ reason: EVICTED, ...failure });
    return true;
  }

  /** By UID. Nothing when the node is so short that it cannot be found out. */
  async #stats(): Promise<ReadonlyMap<string, PodStats>> {
    try {
      const { pods } = await this.#options.stats.summary();
      return new Map(pods.map((pod) => [pod.podRef.uid, pod]));
    } catch (error) {
      this.#host.log("warn", "Could not find out what pods use", {
        error: messageOf(error),
      });
      return new Map();
    }
  }

  /** Until they are gone, for a while: the next look must see what it has brought. */
  async #cleanedUp(
    evicted: readonly EvictablePod[],
    signal: AbortSignal,
  ): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    try {
      await Promise.race([
        Promise.all(evicted.map((one) => one.ended(either))),
        this.#host.clock.sleep(CLEANUP_MS, either),
      ]);
    } catch {
      signal.throwIfAborted();
    } finally {
      over.abort();
    }
  }
}

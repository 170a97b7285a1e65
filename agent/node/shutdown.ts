/**
 * Ends the pods of a machine that goes down, the unimportant ones first.
 *
 * @module
 * @see {@link https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/}
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { Host } from "../../src/base/host.ts";
import {
  type AdmitResult,
  ADMITTED,
  type PodAdmitHandler,
} from "../pod/admission/handler.ts";
import type { EvictablePod } from "./eviction/eviction_manager.ts";
import type { NodeEvents } from "./node_events.ts";
import type { ShutdownPeriod } from "./node_options.ts";

/** From here on pods are critical. */
const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;

const MESSAGE = "Pod was terminated in response to imminent node shutdown.";

/** Two periods as `--shutdown-grace-period` and `--shutdown-grace-period-critical-pods` say them, the second a part of the first. */
export function shutdownPeriods(
  { graceSeconds, criticalSeconds }: {
    readonly graceSeconds: number;
    readonly criticalSeconds: number;
  },
): ShutdownPeriod[] {
  if (graceSeconds === 0) return [];
  if (criticalSeconds > graceSeconds) {
    throw new RangeError(
      `Cannot plan the node's shutdown: the critical pods' ${criticalSeconds} s are more than the ${graceSeconds} s of all`,
    );
  }
  return [
    { priority: 0, graceSeconds: graceSeconds - criticalSeconds },
    { priority: SYSTEM_CRITICAL_PRIORITY, graceSeconds: criticalSeconds },
  ];
}

/** What a {@linkcode NodeShutdown} works with. */
export interface NodeShutdownOptions {
  readonly periods: readonly ShutdownPeriod[];
  /** Pods that run here. */
  readonly pods: () => readonly EvictablePod[];
  readonly events: () => NodeEvents;
  /** Called when the node begins to go down, or does not any more. */
  readonly onChange: () => void;
}

/** The shutdown of one node. */
export class NodeShutdown implements PodAdmitHandler {
  readonly #host: Pick<Host, "clock" | "log">;
  readonly #options: NodeShutdownOptions;
  /** Absent while the machine stays up. */
  #ending: Promise<void> | undefined;

  constructor(host: Pick<Host, "clock" | "log">, options: NodeShutdownOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Whether it does anything at all. */
  get isOn(): boolean {
    return this.#options.periods.some(({ graceSeconds }) => graceSeconds > 0);
  }

  /** All graces together, in seconds. */
  get totalSeconds(): number {
    return this.#options.periods.reduce(
      (sum, one) => sum + one.graceSeconds,
      0,
    );
  }

  /** Whether the machine is going down. */
  get isShuttingDown(): boolean {
    return this.#ending !== undefined;
  }

  /** A node that goes down takes no pods. */
  admit(): AdmitResult {
    return this.isShuttingDown
      ? {
        admitted: false,
        reason: "NodeShutdown",
        message: "Pod was rejected as the node is shutting down.",
      }
      : ADMITTED;
  }

  /** The machine goes down: ends all pods, group after group. Resolves when they have ended or their time is over, also for who calls it meanwhile. */
  begin(): Promise<void> {
    return this.#ending ??= this.#endAll();
  }

  async #endAll(): Promise<void> {
    await Promise.resolve(); // whoever is told must see it
    const { events, onChange, pods } = this.#options;
    events().normal("Shutdown", "Shutdown manager detected shutdown event");
    onChange();
    for (const group of this.#groups(pods())) {
      if (group.pods.length === 0) continue;
      await this.#end(group);
    }
  }

  /** The machine does not go down after all. Pods that have ended stay so. */
  cancel(): void {
    if (!this.#ending) return;
    this.#ending = undefined;
    const { events, onChange } = this.#options;
    events().normal(
      "Shutdown",
      "Shutdown manager detected shutdown cancellation",
    );
    onChange();
  }

  /** Pods by period, the lowest priority first: each goes to the highest that does not exceed its own, or to the lowest of all. */
  #groups(
    pods: readonly EvictablePod[],
  ): { graceSeconds: number; pods: EvictablePod[] }[] {
    const groups = [...this.#options.periods]
      .sort((a, b) => a.priority - b.priority)
      .map((period) => ({ ...period, pods: [] as EvictablePod[] }));
    for (const one of pods) {
      const group = groups.findLast(({ priority }) =>
        priority <= priorityOf(one.pod)
      ) ?? groups[0];
      group?.pods.push(one);
    }
    return groups;
  }

  async #end(
    { graceSeconds, pods }: {
      readonly graceSeconds: number;
      readonly pods: readonly EvictablePod[];
    },
  ): Promise<void> {
    for (const one of pods) {
      one.evict({
        reason: "Terminated",
        message: MESSAGE,
        graceSeconds,
        isDisruption: true,
        untilBoot: true,
      });
    }
    const over = new AbortController();
    try {
      await Promise.race([
        Promise.all(pods.map((one) => one.ended(over.signal))),
        this.#host.clock.sleep(graceSeconds * 1_000, over.signal).then(() =>
          this.#host.log("warn", "Pods took longer than they may at a shutdown")
        ),
      ]);
    } finally {
      over.abort();
    }
  }
}

function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}

/**
 * What the owner of a machine decides about the node on it.
 *
 * @module
 */
import type { Taint } from "../../src/api/core/toleration.ts";
import type { Resources } from "./capacity.ts";
import { parseThresholds, type Threshold } from "./eviction/threshold.ts";

/** When images that nobody uses are removed. */
export interface ImageGarbageOptions {
  /** From this use of the disk on, in percent, images are removed; 100 never. @default 85 */
  readonly highThresholdPercent?: number;
  /** Down to this use, in percent. @default 80 */
  readonly lowThresholdPercent?: number;
  /** An image stays at least so long, in milliseconds. @default 120_000 */
  readonly minimumAgeMs?: number;
  /** One that was not used for so long, in milliseconds, is removed whatever the disk's use; 0 never. @default 0 */
  readonly maximumAgeMs?: number;
}

/** What is kept of containers that have ended. */
export interface ContainerGarbageOptions {
  /** Ended runs that are kept of each container of a pod; below 0 all. @default 1 */
  readonly maxPerContainer?: number;
  /** Ended runs that are kept in all; below 0 any number. @default -1 */
  readonly maxContainers?: number;
  /** A run stays at least so long after its start, in milliseconds. @default 0 */
  readonly minimumAgeMs?: number;
}

/** How long pods of a priority get when the machine goes down. */
export interface ShutdownPeriod {
  /** Pods of at least this priority. */
  readonly priority: number;
  readonly graceSeconds: number;
}

/** How a node that is short of something behaves. */
export interface EvictionOptions {
  /** @default kubelet's hard thresholds */
  readonly thresholds?: readonly Threshold[];
  /** How long, in milliseconds, a pressure is told after it was seen last. @default 300_000 */
  readonly transitionPeriodMs?: number;
  /** Longest grace, in seconds, of a pod that a soft threshold evicts. @default 0 */
  readonly maxPodGraceSeconds?: number;
}

/** All of it. */
export interface NodeOptions {
  /** Whether the agent makes its Node. @default true */
  readonly register?: boolean;
  /** Taints of a Node that the agent makes. */
  readonly taints?: readonly Taint[];
  /** Kept for the system's own programs. */
  readonly systemReserved?: Resources;
  /** Kept for the agent and the runtimes. */
  readonly kubeReserved?: Resources;
  /** Images that the status names at most; below 0 all. @default 50 */
  readonly maxImages?: number;
  readonly eviction?: EvictionOptions;
  readonly imageGarbage?: ImageGarbageOptions;
  readonly containerGarbage?: ContainerGarbageOptions;
  /** Graces at the machine's shutdown, by priority. Without any the agent does nothing about it. */
  readonly shutdown?: readonly ShutdownPeriod[];
}

/** kubelet's thresholds, or the owner's. */
export function thresholdsOf(options: NodeOptions): readonly Threshold[] {
  return options.eviction?.thresholds ?? parseThresholds({});
}

/**
 * When a node is short of something, as its owner says it.
 *
 * @module
 * @see {@link https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/}
 */
import type { Quantity } from "../../../src/api/schema/words.ts";
import {
  canonicalQuantity,
  compareQuantities,
  parseQuantity,
} from "../../../src/api/quantity.ts";

/** What is watched: how much is left of a resource. */
export const SIGNALS = {
  "memory.available": { resource: "memory", condition: "MemoryPressure" },
  "allocatableMemory.available": {
    resource: "memory",
    condition: "MemoryPressure",
  },
  "nodefs.available": {
    resource: "ephemeral-storage",
    condition: "DiskPressure",
  },
  "nodefs.inodesFree": { resource: "inodes", condition: "DiskPressure" },
  "imagefs.available": {
    resource: "ephemeral-storage",
    condition: "DiskPressure",
  },
  "imagefs.inodesFree": { resource: "inodes", condition: "DiskPressure" },
  "containerfs.available": {
    resource: "ephemeral-storage",
    condition: "DiskPressure",
  },
  "containerfs.inodesFree": { resource: "inodes", condition: "DiskPressure" },
  "pid.available": { resource: "pids", condition: "PIDPressure" },
} as const;

/** Name of a signal. */
export type Signal = keyof typeof SIGNALS;

/** Conditions of a node that is short of something. */
export type PressureCondition = (typeof SIGNALS)[Signal]["condition"];

/** An amount, or a share of the capacity: 0.1 is 10 %. */
export type ThresholdValue = { readonly quantity: Quantity } | {
  readonly share: number;
};

/** A line that must not be crossed. */
export interface Threshold {
  readonly signal: Signal;
  readonly value: ThresholdValue;
  /** How long, in milliseconds, it may be crossed; 0 is a hard threshold. */
  readonly graceMs: number;
  /** So much more than the threshold has to be free before it counts as kept again. */
  readonly minReclaim?: ThresholdValue;
}

/** kubelet's hard thresholds on Linux. */
export const DEFAULT_HARD: Readonly<Record<string, string>> = {
  "memory.available": "100Mi",
  "nodefs.available": "10%",
  "nodefs.inodesFree": "5%",
  "imagefs.available": "15%",
  "imagefs.inodesFree": "5%",
};

/** Statements by signal, as the flags carry them. */
export interface ThresholdStatements {
  /** `--eviction-hard`. @default {@linkcode DEFAULT_HARD} */
  readonly hard?: Readonly<Record<string, string>>;
  /** `--eviction-soft`. */
  readonly soft?: Readonly<Record<string, string>>;
  /** `--eviction-soft-grace-period`, in milliseconds. */
  readonly softGraceMs?: Readonly<Record<string, number>>;
  /** `--eviction-minimum-reclaim`. */
  readonly minimumReclaim?: Readonly<Record<string, string>>;
}

/**
 * Reads thresholds. `0%` and `100%` switch one off. The hard threshold of memory counts for all pods together, too (`allocatableMemory.available`).
 *
 * @throws {RangeError} for what makes no sense, with kubelet's reason
 */
export function parseThresholds(
  { hard = DEFAULT_HARD, soft = {}, softGraceMs = {}, minimumReclaim = {} }:
    ThresholdStatements,
): Threshold[] {
  for (const signal of Object.keys(softGraceMs)) knownSignal(signal);
  const reclaims = new Map(
    Object.entries(minimumReclaim).map(([signal, text]) =>
      [knownSignal(signal), valueOf(signal, text)] as const
    ),
  );
  const found: Threshold[] = [];
  const add = (
    [name, text]: [string, string],
    graceMs: number | undefined,
  ) => {
    const signal = knownSignal(name);
    // As kubelet: containers write on the node's disk or on that of images, whose thresholds count.
    if (name.startsWith("containerfs.")) return;
    if (text === "0%" || text === "100%") return;
    if (graceMs === undefined) {
      throw unreadable(
        `grace period must be specified for the soft eviction threshold ${name}`,
      );
    }
    const value = valueOf(name, text);
    if (isNothing(value)) {
      throw unreadable(`eviction threshold ${name} must be positive: ${text}`);
    }
    const minReclaim = reclaims.get(signal);
    found.push({ signal, value, graceMs, ...minReclaim && { minReclaim } });
  };
  for (const entry of Object.entries(hard)) add(entry, 0);
  for (const entry of Object.entries(soft)) add(entry, softGraceMs[entry[0]]);
  const memory = found.find(({ signal, graceMs }) =>
    signal === "memory.available" && graceMs === 0
  );
  if (memory) found.push({ ...memory, signal: "allocatableMemory.available" });
  return found;
}

/** The threshold as an amount, of this capacity. */
export function amountOf(value: ThresholdValue, capacity: number): number {
  return "share" in value
    ? Math.trunc(capacity * value.share)
    : Number(parseQuantity(value.quantity).nano / 1_000_000_000n);
}

function knownSignal(name: string): Signal {
  if (name in SIGNALS) return name as Signal;
  throw unreadable(`unsupported eviction signal ${name}`);
}

function valueOf(signal: string, text: string): ThresholdValue {
  if (!text.endsWith("%")) return { quantity: canonicalQuantity(text) };
  const share = Number(text.slice(0, -1)) / 100;
  if (!(share >= 0)) {
    throw unreadable(
      `eviction percentage threshold ${signal} must be >= 0%: ${text}`,
    );
  }
  if (share > 1) {
    throw unreadable(
      `eviction percentage threshold ${signal} must be <= 100%: ${text}`,
    );
  }
  return { share };
}

/** The reasons are kubelet's. */
function unreadable(reason: string): RangeError {
  return new RangeError(`Cannot read the eviction thresholds: ${reason}`);
}

function isNothing(value: ThresholdValue): boolean {
  return "quantity" in value && compareQuantities(value.quantity, "0") <= 0;
}

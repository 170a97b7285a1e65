/**
 * Processor and memory of everything in as few bytes as can be: what the server asks for the metrics API, perhaps over mobile data.
 *
 * @module
 */
import type { NodeLook } from "./node_stats.ts";
import { NODE_KEY } from "./node_stats.ts";

/** Nanoseconds of CPU per second, and the working set in bytes; null where it is not known. */
export type UsagePair = readonly [
  nanoCores: number | null,
  memoryBytes: number | null,
];

/** The answer to `/stats/usage`. */
export interface UsageTable {
  /** When it was looked at, in milliseconds since 1970. */
  readonly at: number;
  /** The time that rates are averages of, in milliseconds: the longest. */
  readonly windowMs: number;
  readonly node: UsagePair;
  readonly pods: readonly (readonly [
    namespace: string,
    name: string,
    containers: readonly (readonly [name: string, ...usage: UsagePair])[],
  ])[];
}

/** Makes the table of a look. */
export function usageTable(look: NodeLook): UsageTable {
  const { at, machine, pods, rates } = look;
  let windowMs = 0;
  const rate = (key: string) => {
    const found = rates.get(key);
    windowMs = Math.max(windowMs, found?.windowMs ?? 0);
    return found?.nanoCores ?? null;
  };
  const node = [
    rate(NODE_KEY),
    machine.memory?.workingSetBytes ?? null,
  ] as const;
  return {
    at,
    node,
    pods: pods.map(({ of: { pod: { metadata } }, containers }) => [
      metadata.namespace!,
      metadata.name!,
      containers.map(({ container, memory }) => [
        container.name,
        rate(container.id),
        memory?.workingSetBytes ?? null,
      ]),
    ]),
    windowMs: Math.round(windowMs),
  };
}

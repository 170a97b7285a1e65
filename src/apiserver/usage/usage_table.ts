/**
 * What an agent says of usage: see `agent/stats/usage_table.ts`. An agent is a machine elsewhere: nothing of its answer is taken on trust.
 *
 * @module
 */

/** Nanoseconds of CPU per second, and bytes. */
export interface Usage {
  readonly nanoCores: number;
  readonly memoryBytes: number;
}

/** What a node and its pods use. Those of whom not all is known are left out. */
export interface NodeUsage {
  /** Milliseconds since 1970, by the server's clock: an agent's may be years off. */
  readonly at: number;
  readonly windowMs: number;
  readonly node: Usage | undefined;
  /** By `namespace/name`; its containers by name. */
  readonly pods: ReadonlyMap<string, readonly (readonly [string, Usage])[]>;
}

/** Reads an answer; undefined when it is none, or nothing was measured yet. */
export function readUsage(
  answer: unknown,
  at: number,
): NodeUsage | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  const { windowMs, node, pods } = answer as Record<string, unknown>;
  if (!isAmount(windowMs) || windowMs === 0 || !Array.isArray(pods)) {
    return undefined;
  }
  const read = new Map<string, (readonly [string, Usage])[]>();
  for (const pod of pods) {
    if (!Array.isArray(pod)) return undefined;
    const [namespace, name, containers] = pod;
    if (!Array.isArray(containers) || containers.length === 0) continue;
    const own = containers.map(containerOf);
    if (own.some((container) => container === undefined)) continue;
    read.set(`${namespace}/${name}`, own as (readonly [string, Usage])[]);
  }
  return { at, windowMs, node: usageOf(node), pods: read };
}

function containerOf(
  value: unknown,
): readonly [string, Usage] | undefined {
  if (!Array.isArray(value)) return undefined;
  const [name, ...pair] = value;
  const usage = usageOf(pair);
  return typeof name === "string" && usage ? [name, usage] : undefined;
}

function usageOf(pair: unknown): Usage | undefined {
  if (!Array.isArray(pair)) return undefined;
  const [nanoCores, memoryBytes] = pair;
  return isAmount(nanoCores) && isAmount(memoryBytes)
    ? { nanoCores, memoryBytes }
    : undefined;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && value >= 0 &&
    value <= Number.MAX_SAFE_INTEGER;
}

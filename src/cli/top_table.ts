/**
 * The tables of `wherry top`, as kubectl prints them.
 *
 * @module
 */
import type { NodeMetrics } from "../api/metrics/node_metrics.ts";
import type { PodMetrics } from "../api/metrics/pod_metrics.ts";
import { addQuantities, milliUnits, wholeUnits } from "../api/quantity.ts";
import type { ResourceList } from "../api/schema/words.ts";

/** How both are shown. */
export interface TopOptions {
  /** @default by name */
  readonly sortBy?: "cpu" | "memory";
  /** `--no-headers` makes it false. */
  readonly headers?: boolean;
}

const MIB = 1024 ** 2;
const NOTHING: ResourceList = { cpu: "0", memory: "0" };

/** Cells of nodes; those whose usage is not known come last. */
export function nodeTable(
  used: readonly NodeMetrics[],
  available: ReadonlyMap<string, ResourceList>,
  { sortBy, headers = true }: TopOptions,
): string[][] {
  const sorted = [...used].sort((a, b) =>
    compare(a.usage, b.usage, sortBy) || byText(nameOf(a), nameOf(b))
  );
  const names = new Set(sorted.map(nameOf));
  const missing = [...available.keys()].filter((name) => !names.has(name));
  return [
    ...headers
      ? [["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"]]
      : [],
    ...sorted.map((node) => {
      const of = available.get(nameOf(node)) ?? {};
      const [cpu, memory] = usageCells(node.usage);
      return [
        nameOf(node),
        cpu,
        share(node.usage["cpu"], of["cpu"]),
        memory,
        share(node.usage["memory"], of["memory"]),
      ];
    }),
    ...missing.sort(byText).map((
      name,
    ) => [name, ...Array(4).fill("<unknown>")]),
  ];
}

/** Cells of pods, or of their containers. */
export function podTable(
  used: readonly PodMetrics[],
  { sortBy, headers = true, containers = false, sum = false, withNamespace }:
    & TopOptions
    & {
      readonly containers?: boolean;
      readonly sum?: boolean;
      readonly withNamespace: boolean;
    },
): string[][] {
  const pods = used.map((pod) => ({ pod, total: totalOf(pod) })).sort((a, b) =>
    compare(a.total, b.total, sortBy) ||
    (withNamespace
      ? byText(a.pod.metadata.namespace!, b.pod.metadata.namespace!)
      : 0) ||
    byText(nameOf(a.pod), nameOf(b.pod))
  );
  const lead = (namespace: string) => withNamespace ? [namespace] : [];
  const rows = pods.flatMap(({ pod, total }) => {
    const first = lead(pod.metadata.namespace!);
    if (!containers) return [[...first, nameOf(pod), ...usageCells(total)]];
    return [...pod.containers].sort((a, b) =>
      compare(a.usage, b.usage, sortBy) || byText(a.name, b.name)
    ).map(({ name, usage }) => [
      ...first,
      nameOf(pod),
      name,
      ...usageCells(usage),
    ]);
  });
  const header = [
    ...lead("NAMESPACE"),
    ...containers ? ["POD"] : [],
    ...["NAME", "CPU(cores)", "MEMORY(bytes)"],
  ];
  return [
    ...headers ? [header] : [],
    ...rows,
    ...sum ? sumRows(pods.map(({ total }) => total), header.length) : [],
  ];
}

function sumRows(totals: readonly ResourceList[], width: number): string[][] {
  const before = Array(width - 2).fill("");
  const line = ["________", "________"];
  return [
    [...before, ...line],
    [...before, ...usageCells(totals.reduce(plus, NOTHING))],
  ];
}

function nameOf({ metadata }: NodeMetrics | PodMetrics): string {
  return metadata.name!;
}

function totalOf({ containers }: PodMetrics): ResourceList {
  return containers.map(({ usage }) => usage).reduce(plus, NOTHING);
}

function plus(a: ResourceList, b: ResourceList): ResourceList {
  const sum = (name: string) => addQuantities(a[name] ?? "0", b[name] ?? "0");
  return { cpu: sum("cpu"), memory: sum("memory") };
}

function usageCells(usage: ResourceList): [cpu: string, memory: string] {
  return [
    `${milliUnits(usage["cpu"] ?? "0")}m`,
    `${Math.floor(wholeUnits(usage["memory"] ?? "0") / MIB)}Mi`,
  ];
}

function share(used: string | undefined, of: string | undefined): string {
  if (used === undefined || of === undefined) return "<unknown>";
  return `${Math.trunc((milliUnits(used) / milliUnits(of)) * 100)}%`;
}

/** The most first. */
function compare(
  a: ResourceList,
  b: ResourceList,
  by: "cpu" | "memory" | undefined,
): number {
  if (by === undefined) return 0;
  return milliUnits(b[by] ?? "0") - milliUnits(a[by] ?? "0");
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

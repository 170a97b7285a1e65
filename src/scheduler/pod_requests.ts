/**
 * What a pod asks of a node, as numbers.
 *
 * @module
 */
import { type HostPort, hostPortsOf } from "../api/core/host_ports.ts";
import type { Pod } from "../api/core/pod.ts";
import { podRequests } from "../api/core/pod_resources.ts";
import { milliUnits, wholeUnits } from "../api/quantity.ts";

/** Amounts of resources. cpu in thousandths, memory and storage in bytes, others in units. Immutable. */
export interface Resources {
  /** Thousandths of a cpu. */
  readonly milliCpu: number;
  /** Memory. */
  readonly memoryBytes: number;
  /** Local storage. */
  readonly ephemeralBytes: number;
  /** Anything else, by name, for example `example.com/gpu`. */
  readonly extended: ReadonlyMap<string, number>;
}

/** A pod with what scheduling needs of it, computed once. Immutable. */
export interface PodInfo {
  /** The pod itself. */
  readonly pod: Pod;
  /** What it reserves. */
  readonly requests: Resources;
  /** Requests with a guess for those that name none, so that scores see them: 100 m of cpu, 200 MiB. */
  readonly guessed: { readonly milliCpu: number; readonly memoryBytes: number };
  /** Ports of the node that it takes. */
  readonly hostPorts: readonly HostPort[];
}

/** What a container without a request is taken to use, in scores alone. */
export const DEFAULT_MILLI_CPU = 100;
/** What a container without a request is taken to use, in scores alone. */
export const DEFAULT_MEMORY_BYTES = 200 * 2 ** 20;

/** Resources that stand for themselves in {@linkcode Resources}. */
const NATIVE = new Set(["cpu", "memory", "ephemeral-storage", "pods"]);

/** Amounts as the API writes them, by resource. */
export type ResourceTexts = Readonly<Record<string, string>> | undefined;

/**
 * Computes what a pod asks for. `known` of the same generation saves the work: most changes of a pod are of its status.
 */
export function podInfo(pod: Pod, known?: PodInfo): PodInfo {
  const { generation } = pod.metadata;
  if (
    known !== undefined && generation !== undefined &&
    known.pod.metadata.generation === generation &&
    known.pod.metadata.uid === pod.metadata.uid
  ) return { ...known, pod };
  return {
    pod,
    requests: resourcesOf(podRequests(pod)),
    guessed: guess(pod),
    hostPorts: hostPortsOf(pod),
  };
}

/** Reads a resource list. */
export function resourcesOf(
  list: ResourceTexts,
): Resources & { readonly pods: number } {
  const extended = new Map<string, number>();
  for (const name of Object.keys(list ?? {})) {
    if (!NATIVE.has(name)) extended.set(name, amountOf(list, name));
  }
  return {
    milliCpu: amountOf(list, "cpu"),
    memoryBytes: amountOf(list, "memory"),
    ephemeralBytes: amountOf(list, "ephemeral-storage"),
    pods: amountOf(list, "pods"),
    extended,
  };
}

function amountOf(list: ResourceTexts, name: string): number {
  const text = list?.[name];
  if (text === undefined) return 0;
  return name === "cpu" ? milliUnits(text) : wholeUnits(text);
}

function guess(pod: Pod): { milliCpu: number; memoryBytes: number } {
  let milliCpu = 0;
  let memoryBytes = 0;
  for (const container of pod.spec.containers) {
    const list = container.resources?.requests;
    milliCpu += list?.cpu === undefined
      ? DEFAULT_MILLI_CPU
      : amountOf(list, "cpu");
    memoryBytes += list?.memory === undefined
      ? DEFAULT_MEMORY_BYTES
      : amountOf(list, "memory");
  }
  return { milliCpu, memoryBytes };
}

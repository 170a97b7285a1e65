/**
 * What a pod asks of a node, as numbers.
 *
 * @module
 */
import type { Container, ContainerPort } from "../api/container.ts";
import type { Pod } from "../api/pod.ts";
import { milliUnits, wholeUnits } from "../api/quantity.ts";

/** Amounts of resources. cpu in thousandths, memory and storage in bytes, others in units. Immutable. */
export interface Resources {
  readonly milliCpu: number;
  readonly memoryBytes: number;
  readonly ephemeralBytes: number;
  /** Anything else, by name, for example `example.com/gpu`. */
  readonly extended: ReadonlyMap<string, number>;
}

/** A pod with what scheduling needs of it, computed once. Immutable. */
export interface PodInfo {
  readonly pod: Pod;
  readonly requests: Resources;
  /** Requests with a guess for those that name none, so that scores see them: 100 m of cpu, 200 MiB. */
  readonly guessed: { readonly milliCpu: number; readonly memoryBytes: number };
  /** Ports of the node that it takes. */
  readonly hostPorts: readonly HostPort[];
}

/** A port of the node. */
export interface HostPort {
  /** "0.0.0.0" is all addresses. */
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** What a container without a request is taken to use, in scores alone. */
export const DEFAULT_MILLI_CPU = 100;
/** What a container without a request is taken to use, in scores alone. */
export const DEFAULT_MEMORY_BYTES = 200 * 2 ** 20;

/** Resources that stand for themselves in {@linkcode Resources}. */
const NATIVE = new Set(["cpu", "memory", "ephemeral-storage", "pods"]);

type List = Readonly<Record<string, string>> | undefined;

/** Computes what a pod asks for. */
export function podInfo(pod: Pod): PodInfo {
  return {
    pod,
    requests: toResources(totalRequests(pod, amountOf)),
    guessed: guess(pod),
    hostPorts: hostPortsOf(pod),
  };
}

/** Reads a resource list of a node. */
export function resourcesOf(list: List): Resources & { readonly pods: number } {
  const amounts = new Map<string, number>();
  for (const name of Object.keys(list ?? {})) {
    amounts.set(name, amountOf(list, name));
  }
  return { ...toResources(amounts), pods: amounts.get("pods") ?? 0 };
}

function amountOf(list: List, name: string): number {
  const text = list?.[name];
  if (text === undefined) return 0;
  return name === "cpu" ? milliUnits(text) : wholeUnits(text);
}

/**
 * Containers run together, init containers one after the other; sidecars (init containers that always restart) run on beside all that comes after
 * them. A request for the whole pod replaces the sum. The sandbox' overhead comes on top.
 */
function totalRequests(
  { spec }: Pod,
  amount: (list: List, name: string) => number,
): Map<string, number> {
  const names = new Set<string>();
  const all = [...spec.containers, ...spec.initContainers ?? []];
  for (const list of [...all.map(requestsOf), spec.resources?.requests]) {
    for (const name of Object.keys(list ?? {})) names.add(name);
  }
  for (const name of Object.keys(spec.overhead ?? {})) names.add(name);
  const totals = new Map<string, number>();
  for (const name of names) {
    let running = sum(spec.containers, name, amount);
    let sidecars = 0;
    let peak = 0;
    for (const container of spec.initContainers ?? []) {
      const own = amount(requestsOf(container), name);
      if (container.restartPolicy === "Always") {
        sidecars += own;
        running += own;
        peak = Math.max(peak, sidecars);
      } else {
        peak = Math.max(peak, sidecars + own);
      }
    }
    const whole = spec.resources?.requests;
    const total = whole?.[name] !== undefined
      ? amount(whole, name)
      : Math.max(running, peak);
    totals.set(name, total + amount(spec.overhead, name));
  }
  return totals;
}

function requestsOf(container: Container): List {
  return container.resources?.requests;
}

function sum(
  containers: readonly Container[],
  name: string,
  amount: (list: List, name: string) => number,
): number {
  let total = 0;
  for (const container of containers) {
    total += amount(requestsOf(container), name);
  }
  return total;
}

function guess(pod: Pod): { milliCpu: number; memoryBytes: number } {
  let milliCpu = 0;
  let memoryBytes = 0;
  for (const container of pod.spec.containers) {
    const list = requestsOf(container);
    milliCpu += list?.cpu === undefined
      ? DEFAULT_MILLI_CPU
      : amountOf(list, "cpu");
    memoryBytes += list?.memory === undefined
      ? DEFAULT_MEMORY_BYTES
      : amountOf(list, "memory");
  }
  return { milliCpu, memoryBytes };
}

function toResources(amounts: ReadonlyMap<string, number>): Resources {
  const extended = new Map<string, number>();
  for (const [name, amount] of amounts) {
    if (!NATIVE.has(name)) extended.set(name, amount);
  }
  return {
    milliCpu: amounts.get("cpu") ?? 0,
    memoryBytes: amounts.get("memory") ?? 0,
    ephemeralBytes: amounts.get("ephemeral-storage") ?? 0,
    extended,
  };
}

function hostPortsOf({ spec }: Pod): HostPort[] {
  const ports: HostPort[] = [];
  for (const container of [...spec.containers, ...sidecarsOf(spec)]) {
    for (const port of container.ports ?? []) {
      if (port.hostPort) ports.push(toHostPort(port));
    }
  }
  return ports;
}

function sidecarsOf(spec: Pod["spec"]): Container[] {
  return (spec.initContainers ?? []).filter(({ restartPolicy }) =>
    restartPolicy === "Always"
  );
}

function toHostPort(port: ContainerPort): HostPort {
  return {
    ip: port.hostIP || "0.0.0.0",
    protocol: port.protocol ?? "TCP",
    port: port.hostPort!,
  };
}

/** Whether two pods cannot both have these ports on one node. */
export function portsClash(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol &&
    (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0");
}

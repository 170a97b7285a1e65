/**
 * What a Pod needs: requests and limits of its containers taken together, and its quality of service class.
 *
 * @module
 */
import type { Container } from "./container.ts";
import type { Pod } from "./pod.ts";
import type { PodSpec } from "./pod_spec.ts";
import { isSidecar } from "./pod_summary.ts";
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
} from "../quantity.ts";
import type { ResourceList } from "../schema/words.ts";

/** The sum of two lists. */
export function addResources(a: ResourceList, b: ResourceList): ResourceList {
  const sum = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    const before = sum[name];
    sum[name] = before === undefined ? amount : addQuantities(before, amount);
  }
  return sum;
}

/** The larger of each amount. */
export function maxResources(a: ResourceList, b: ResourceList): ResourceList {
  const max = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    const before = max[name];
    if (before === undefined || compareQuantities(amount, before) > 0) {
      max[name] = amount;
    }
  }
  return max;
}

/**
 * All containers together: those that run side by side (sidecars among them) are added up; each init container runs alone beside the sidecars that were
 * started before it, and the largest need of any moment counts.
 */
function together(
  spec: PodSpec,
  of: (container: Container) => ResourceList | undefined,
): ResourceList {
  let running: ResourceList = {};
  for (const container of spec.containers) {
    running = addResources(running, of(container) ?? {});
  }
  let sidecars: ResourceList = {};
  let starting: ResourceList = {};
  for (const container of spec.initContainers ?? []) {
    const own = of(container) ?? {};
    if (isSidecar(container)) {
      running = addResources(running, own);
      sidecars = addResources(sidecars, own);
      starting = maxResources(starting, sidecars);
    } else starting = maxResources(starting, addResources(own, sidecars));
  }
  return maxResources(running, starting);
}

/** Requests of all containers together, without overhead. */
export function containerRequests(spec: PodSpec): ResourceList {
  return together(spec, (c) => c.resources?.requests);
}

/** What the scheduler reserves for a Pod: containers, or what the Pod says as a whole, and its overhead. */
export function podRequests({ spec }: Pod): ResourceList {
  const sum = {
    ...containerRequests(spec),
    ...podLevel(spec.resources?.requests),
  };
  return spec.overhead === undefined ? sum : addResources(sum, spec.overhead);
}

/** What a Pod may use at most; resources without a limit are absent. Overhead is added to what is limited. */
export function podLimits({ spec }: Pod): ResourceList {
  const sum = {
    ...together(spec, (c) => c.resources?.limits),
    ...podLevel(spec.resources?.limits),
  };
  for (const [name, amount] of Object.entries(spec.overhead ?? {})) {
    const before = sum[name];
    if (before !== undefined) sum[name] = addQuantities(before, amount);
  }
  return sum;
}

function podLevel(list: ResourceList | undefined): ResourceList {
  return Object.fromEntries(
    Object.entries(list ?? {}).filter(([name]) =>
      name === "cpu" || name === "memory" || name.startsWith("hugepages-")
    ),
  );
}

/** How a Pod fares when memory runs short. */
export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const COUNTED = ["cpu", "memory"];

function positive(list: ResourceList | undefined): ResourceList {
  return Object.fromEntries(
    Object.entries(list ?? {}).filter(([name, amount]) =>
      COUNTED.includes(name) && parseQuantity(amount).nano > 0n
    ),
  );
}

/**
 * Guaranteed when every container limits cpu and memory and requests just that, BestEffort when none says anything, else Burstable.
 *
 * Follows https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
 */
export function qosClass({ spec }: Pod): QosClass {
  const level = spec.resources;
  const all = level !== undefined
    ? [level]
    : [...spec.containers, ...spec.initContainers ?? []].map((c) =>
      c.resources
    );
  let requests: ResourceList = {};
  let limits: ResourceList = {};
  let guaranteed = true;
  for (const resources of all) {
    const limited = positive(resources?.limits);
    requests = addResources(requests, positive(resources?.requests));
    limits = addResources(limits, limited);
    if (COUNTED.some((name) => limited[name] === undefined)) guaranteed = false;
  }
  const names = Object.keys(requests);
  if (names.length === 0 && Object.keys(limits).length === 0) {
    return "BestEffort";
  }
  const equal = names.length === Object.keys(limits).length &&
    names.every((name) =>
      limits[name] !== undefined &&
      compareQuantities(limits[name], requests[name]!) === 0
    );
  return guaranteed && equal ? "Guaranteed" : "Burstable";
}

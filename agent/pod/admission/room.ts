/**
 * What pods ask of a node and what of it is left, as kubelet counts.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { podRequests } from "../../../src/api/core/pod_resources.ts";
import { milliUnits, wholeUnits } from "../../../src/api/quantity.ts";

/** Amounts by resource: cpu in thousandths, all else in whole units. */
export type Amounts = ReadonlyMap<string, number>;

/** A resource of which there is too little. */
export interface Shortage {
  /** `cpu`, `memory`, `pods`, `hugepages-2Mi` … */
  readonly resource: string;
  readonly requested: number;
  readonly used: number;
  readonly capacity: number;
}

/** Looked at in this order, others after them. */
const FIRST = ["cpu", "memory", "ephemeral-storage"];

/** Reads a resource list. */
export function amountsOf(list: Readonly<Record<string, string>>): Amounts {
  return new Map(
    Object.entries(list).map(([name, text]) => [
      name,
      name === "cpu" ? milliUnits(text) : wholeUnits(text),
    ]),
  );
}

/** Counts pods against a node. What a pod asks for is reckoned once for each version of it. */
export class Room {
  readonly #known = new WeakMap<Pod, Amounts>();

  /** What a pod asks for. */
  requests(pod: Pod): Amounts {
    let amounts = this.#known.get(pod);
    if (!amounts) {
      amounts = amountsOf(podRequests(pod));
      this.#known.set(pod, amounts);
    }
    return amounts;
  }

  /** All that is too little for one pod more; empty when it fits. */
  shortages(
    pod: Pod,
    { others, allocatable }: {
      readonly others: readonly Pod[];
      readonly allocatable: Readonly<Record<string, string>>;
    },
  ): Shortage[] {
    const room = amountsOf(allocatable);
    const found: Shortage[] = [];
    const pods = room.get("pods") ?? 0;
    if (others.length + 1 > pods) {
      found.push({
        resource: "pods",
        requested: 1,
        used: others.length,
        capacity: pods,
      });
    }
    const wanted = this.requests(pod);
    const names = [
      ...FIRST,
      ...[...wanted.keys()].filter((name) => !FIRST.includes(name)),
    ];
    for (const resource of names) {
      const requested = wanted.get(resource) ?? 0;
      const capacity = room.get(resource);
      // What no node has is the whole cluster's, or another's to hand out.
      if (capacity === undefined && isExtended(resource)) continue;
      if (requested === 0) continue;
      let used = 0;
      for (const other of others) {
        used += this.requests(other).get(resource) ?? 0;
      }
      if (requested > (capacity ?? 0) - used) {
        found.push({ resource, requested, used, capacity: capacity ?? 0 });
      }
    }
    return found;
  }
}

/** Whether a resource is no part of Kubernetes itself: `example.com/gpu`. */
function isExtended(name: string): boolean {
  return name.includes("/") && !name.split("/")[0]!.endsWith("kubernetes.io") &&
    !name.startsWith("requests.");
}

/**
 * Room for critical pods at the cost of others, as kubelet makes it.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { qosClass } from "../../../src/api/core/pod_resources.ts";
import { isCritical } from "../../container/critical_pod.ts";
import type { Room, Shortage } from "./room.ts";

/** What is still to be freed, by resource. */
type Needs = ReadonlyMap<string, number>;

/**
 * The pods to end so that a critical one fits: as few as can be found, those of the lower classes of service first. Answers in words when nothing helps.
 */
export function podsToPreempt(
  pod: Pod,
  { others, short, room }: {
    readonly others: readonly Pod[];
    readonly short: readonly Shortage[];
    readonly room: Room;
  },
): readonly Pod[] | string {
  const needs = new Map(
    short.map(({ resource, requested, used, capacity }) => [
      resource,
      requested - (capacity - used),
    ]),
  );
  const candidates = others.filter((other) => isPreemptable(pod, other));
  const of = (quality: string) =>
    candidates.filter((other) => qosClass(other) === quality);
  const [bestEffort, burstable, guaranteed] = [
    of("BestEffort"),
    of("Burstable"),
    of("Guaranteed"),
  ];
  const left = (gone: readonly Pod[]) => without(needs, gone, room);
  const unmet = left(candidates);
  if (unmet.size > 0) return nothingFound(unmet);
  // The higher classes give what the lower ones, all gone, would not.
  const third = closest(guaranteed, left([...bestEffort, ...burstable]), room);
  const second = closest(burstable, left([...bestEffort, ...third]), room);
  const first = closest(bestEffort, left([...second, ...third]), room);
  return [...first, ...second, ...third];
}

function isPreemptable(pod: Pod, other: Pod): boolean {
  if (isCritical(pod) && !isCritical(other)) return true;
  const [mine, theirs] = [pod.spec.priority, other.spec.priority];
  return mine !== undefined && theirs !== undefined && mine > theirs;
}

/** Picks, again and again, the pod that frees the most of what is needed. */
function closest(pods: readonly Pod[], needs: Needs, room: Room): Pod[] {
  const left = [...pods];
  const chosen: Pod[] = [];
  let open = needs;
  while (open.size > 0 && left.length > 0) {
    let best = 0;
    left.forEach((pod, index) => {
      const difference = distance(pod, open, room) -
        distance(left[best]!, open, room);
      if (
        difference < 0 || difference === 0 && isSmaller(pod, left[best]!, room)
      ) best = index;
    });
    const [pod] = left.splice(best, 1);
    chosen.push(pod!);
    open = without(open, [pod!], room);
  }
  return chosen;
}

/** The squares of the shares of each need that would stay open. */
function distance(pod: Pod, needs: Needs, room: Room): number {
  let sum = 0;
  for (const [resource, need] of needs) {
    const open = need - given(pod, resource, room);
    if (open > 0) sum += (open / need) ** 2;
  }
  return sum;
}

function isSmaller(a: Pod, b: Pod, room: Room): boolean {
  for (const resource of ["memory", "cpu"]) {
    const difference = given(a, resource, room) - given(b, resource, room);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

function without(needs: Needs, gone: readonly Pod[], room: Room): Needs {
  const open = new Map<string, number>();
  for (const [resource, need] of needs) {
    const left = gone.reduce(
      (sum, pod) => sum - given(pod, resource, room),
      need,
    );
    if (left > 0) open.set(resource, left);
  }
  return open;
}

/** What a pod's end gives back. */
function given(pod: Pod, resource: string, room: Room): number {
  return resource === "pods" ? 1 : room.requests(pod).get(resource) ?? 0;
}

function nothingFound(needs: Needs): string {
  const list = [...needs].map(([name, amount]) =>
    `(res: ${name}, q: ${amount}), `
  ).join("");
  return `no set of running pods found to reclaim resources: [${list}]`;
}

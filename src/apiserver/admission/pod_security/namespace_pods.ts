/**
 * What a stricter level would say of the pods that a namespace has.
 *
 * @module
 */
import type { Pod } from "../../../api/core/pod.ts";
import type { Store } from "../../../store/store.ts";
import { evaluate, reasonsText } from "./evaluate.ts";
import { levelText, type LevelVersion } from "./policy.ts";

/** More are not looked at. */
const MAX_PODS = 3000;

/** Warnings, pods with the same faults together. */
export function warningsOfPods(
  store: Store,
  { namespace, enforce }: {
    readonly namespace: string;
    readonly enforce: LevelVersion;
  },
): string[] {
  const { rows } = store.list(`pods/${namespace}/`);
  const all = oneOfEachFirst(rows.map((row): Pod => JSON.parse(row.text)));
  const pods = all.slice(0, MAX_PODS);
  const byFault = new Map<string, string[]>();
  for (const pod of pods) {
    const fault = reasonsText(evaluate(enforce, pod));
    if (fault === "") continue;
    const names = byFault.get(fault) ?? [];
    names.push(pod.metadata.name ?? "");
    byFault.set(fault, names);
  }
  const found = [...byFault].map(([fault, names]) =>
    `${namesText(names)}: ${fault}`
  ).sort();
  return [
    ...pods.length < all.length
      ? [
        `new PodSecurity enforce level only checked against the first ${pods.length} of ${all.length} existing pods`,
      ]
      : [],
    ...found.length > 0
      ? [
        `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${
          levelText(enforce)
        }"`,
      ]
      : [],
    ...found,
  ];
}

/** Pods of one owner are alike: the first of each owner comes before the others. */
function oneOfEachFirst(pods: readonly Pod[]): Pod[] {
  const seen = new Set<string>();
  const first: Pod[] = [];
  const others: Pod[] = [];
  for (const pod of pods) {
    const owner = pod.metadata.ownerReferences?.find((at) => at.controller)
      ?.uid;
    if (owner !== undefined && seen.has(owner)) others.push(pod);
    else first.push(pod);
    if (owner !== undefined) seen.add(owner);
  }
  return [...first, ...others];
}

function namesText(names: readonly string[]): string {
  const first = [...names].sort()[0]!;
  const others = names.length - 1;
  if (others === 0) return first;
  return `${first} (and ${others} other pod${others === 1 ? "" : "s"})`;
}

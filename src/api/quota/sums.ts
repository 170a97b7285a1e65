/**
 * Sums of what a quota counts.
 *
 * @module
 */
import type { ResourceQuota } from "../core/resource_quota.ts";
import { addResources } from "../core/pod_resources.ts";
import type { KubeObject } from "../kind.ts";
import { parseQuantity, subtractQuantities } from "../quantity.ts";
import type { ResourceList } from "../schema/words.ts";
import type { Countable, Evaluators } from "./evaluators.ts";
import type { Evaluator } from "./evaluator.ts";
import { scopesOf } from "./scopes.ts";

/** Those amounts whose names are wanted. */
export function mask(
  list: ResourceList,
  names: Iterable<string>,
): ResourceList {
  const masked: ResourceList = {};
  for (const name of names) {
    if (list[name] !== undefined) masked[name] = list[name];
  }
  return masked;
}

/** What one object counts for a quota: nothing when it is out of its scope. */
export function usageFor(
  { spec }: ResourceQuota,
  evaluator: Evaluator,
  { object, now }: { readonly object: KubeObject; readonly now: number },
): ResourceList {
  const within = scopesOf(spec).every((scope) =>
    evaluator.inScope(object, scope)
  );
  return within ? evaluator.usage(object, now) : {};
}

/** `after` less `before`, without what has not changed. */
export function difference(
  after: ResourceList,
  before: ResourceList,
): ResourceList {
  const changed: ResourceList = {};
  for (const name of new Set([...Object.keys(after), ...Object.keys(before)])) {
    const amount = before[name] === undefined
      ? after[name]!
      : subtractQuantities(after[name] ?? "0", before[name]);
    if (parseQuantity(amount).nano !== 0n) changed[name] = amount;
  }
  return changed;
}

/** What a quota's status is to be when all is counted anew. @param objects the objects of a kind in the quota's namespace */
export function countedStatus<K extends Countable>(
  quota: ResourceQuota,
  { kinds, evaluators, objects, now }: {
    readonly kinds: readonly K[];
    readonly evaluators: Evaluators;
    readonly objects: (kind: K) => Iterable<KubeObject>;
    readonly now: number;
  },
): NonNullable<ResourceQuota["status"]> {
  const hard = { ...quota.spec.hard };
  const names = Object.keys(hard);
  // Of a kind that nobody knows there is nothing yet.
  const nothing = names.filter((name) => name.startsWith("count/"))
    .map((name) => [name, "0"]);
  let used: ResourceList = {
    ...Object.fromEntries(nothing),
    ...mask(quota.status?.used ?? {}, names),
  };
  for (const kind of countedKinds(quota, kinds, evaluators)) {
    const evaluator = evaluators.of(kind)!;
    const counted = names.filter((name) => evaluator.counts(name));
    let sum: ResourceList = Object.fromEntries(
      counted.map((name) => [name, "0"]),
    );
    for (const object of objects(kind)) {
      const usage = usageFor(quota, evaluator, { object, now });
      sum = addResources(sum, mask(usage, counted));
    }
    used = { ...used, ...sum };
  }
  return { hard, used };
}

/** The kinds of which a quota counts something; each is named once, whatever versions it has. */
export function countedKinds<K extends Countable>(
  { spec }: ResourceQuota,
  kinds: readonly K[],
  evaluators: Evaluators,
): K[] {
  const names = Object.keys(spec.hard ?? {});
  const seen = new Set<Evaluator>();
  return kinds.filter((kind) => {
    const evaluator = evaluators.of(kind);
    if (evaluator === undefined || seen.has(evaluator)) return false;
    seen.add(evaluator);
    return names.some((name) => evaluator.counts(name));
  });
}

/**
 * What one write does to one quota.
 *
 * @module
 */
import type { ResourceQuota } from "../../api/core/resource_quota.ts";
import { addResources } from "../../api/core/pod_resources.ts";
import type { KubeObject } from "../../api/kind.ts";
import type { Evaluator } from "../../api/quota/evaluator.ts";
import { difference, mask, usageFor } from "../../api/quota/sums.ts";
import { scopesOf } from "../../api/quota/scopes.ts";
import { compareQuantities, parseQuantity } from "../../api/quantity.ts";
import type { ResourceList } from "../../api/schema/words.ts";
import type { Change } from "../hooks/kind_hooks.ts";
import { type AdmissionTarget, refusal } from "./admission.ts";

/** A write, as a quota looks at it. */
export interface Charge {
  readonly target: AdmissionTarget;
  readonly change: Change<KubeObject>;
  readonly evaluator: Evaluator;
  readonly now: number;
}

/**
 * The quota with its new use; undefined when the write does not change it.
 *
 * @throws {ApiError} 403 when the quota does not allow it
 */
export function charge(
  quota: ResourceQuota,
  { target, change, evaluator, now }: Charge,
): ResourceQuota | undefined {
  const { hard = {}, used = {} } = quota.status ?? {};
  const names = Object.keys(hard).filter((name) => evaluator.counts(name));
  if (names.length === 0) return undefined;
  const { next, previous } = change;
  const isSame = next !== undefined && previous !== undefined &&
    evaluator.isSame?.(next, previous, now) === true;
  if (isSame) return undefined;
  const limited = next !== undefined && target.operation !== "DELETE" &&
    evaluator.limits({
      operation: target.operation,
      subresource: target.subresource,
      next,
      ...previous === undefined ? {} : { previous },
    });
  if (limited) checkObject(quota, { target, evaluator, next, names });
  const usage = (object: KubeObject | undefined) =>
    object === undefined
      ? {}
      : mask(usageFor(quota, evaluator, { object, now }), names);
  const delta = difference(usage(next), usage(previous));
  if (Object.keys(delta).length === 0) return undefined;
  const sum = atLeastZero(addResources(used, delta));
  if (limited) checkSums(quota, { target, delta, sum });
  return {
    ...quota,
    metadata: { ...quota.metadata },
    status: { hard, used: sum },
  };
}

/** @throws {ApiError} 403 when the object does not say what has to be known */
function checkObject(
  quota: ResourceQuota,
  { target, evaluator, next, names }: {
    readonly target: AdmissionTarget;
    readonly evaluator: Evaluator;
    readonly next: KubeObject;
    readonly names: readonly string[];
  },
): void {
  const { name = "" } = quota.metadata;
  const within = scopesOf(quota.spec).every((scope) =>
    evaluator.inScope(next, scope)
  );
  if (!within) return;
  const missing = evaluator.missing?.(next, names);
  if (missing !== undefined) {
    throw refusal(target, `failed quota: ${name}: ${missing}`);
  }
  const used = quota.status?.used ?? {};
  if (names.some((resource) => used[resource] === undefined)) {
    throw refusal(
      target,
      `status unknown for quota: ${name}, resources: ${[...names].sort()}`,
    );
  }
}

/** @throws {ApiError} 403 when there is more than the quota allows of something that there would be more of */
function checkSums(
  quota: ResourceQuota,
  { target, delta, sum }: {
    readonly target: AdmissionTarget;
    readonly delta: ResourceList;
    readonly sum: ResourceList;
  },
): void {
  const { hard = {}, used = {} } = quota.status ?? {};
  const exceeded = Object.keys(delta).filter((name) =>
    parseQuantity(delta[name]!).nano > 0n &&
    compareQuantities(sum[name]!, hard[name]!) > 0
  ).sort();
  if (exceeded.length === 0) return;
  const print = (list: ResourceList) =>
    exceeded.map((name) => `${name}=${list[name]}`).join(",");
  throw refusal(
    target,
    `exceeded quota: ${quota.metadata.name}, requested: ${
      print(delta)
    }, used: ${print(used)}, limited: ${print(hard)}`,
  );
}

function atLeastZero(list: ResourceList): ResourceList {
  return Object.fromEntries(
    Object.entries(list).map(([name, amount]) => [
      name,
      parseQuantity(amount).nano < 0n ? "0" : amount,
    ]),
  );
}

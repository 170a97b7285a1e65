/**
 * The bounds of a LimitRange, in Kubernetes' words.
 *
 * @module
 */
import type { LimitRangeItem } from "../../api/core/limit_range.ts";
import { compareQuantities, parseQuantity } from "../../api/quantity.ts";
import type { Quantity, ResourceList } from "../../api/schema/words.ts";

/** What is asked for. */
export interface Amounts {
  readonly requests: ResourceList;
  readonly limits: ResourceList;
}

/** One resource of one bound. */
interface Bound {
  /** `Container`, `Pod` or `PersistentVolumeClaim`. */
  readonly type: string;
  readonly resource: string;
  readonly enforced: Quantity;
  readonly request: Quantity | undefined;
  readonly limit: Quantity | undefined;
}

/** What of containers or Pods is out of bounds; empty is good. */
export function boundsBroken(item: LimitRangeItem, amounts: Amounts): string[] {
  return [
    ...each(item, item.min, amounts, belowMin),
    ...each(item, item.max, amounts, aboveMax),
    ...each(item, item.maxLimitRequestRatio, amounts, aboveRatio),
  ];
}

/** What of a claim is out of bounds: claims have no limits. */
export function claimBoundsBroken(
  item: LimitRangeItem,
  requests: ResourceList,
): string[] {
  const amounts = { requests, limits: {} };
  return [
    ...each(item, item.min, amounts, belowMin),
    ...each(item, item.max, amounts, claimAboveMax),
  ];
}

function each(
  { type }: LimitRangeItem,
  list: ResourceList | undefined,
  { requests, limits }: Amounts,
  check: (bound: Bound) => string | undefined,
): string[] {
  return Object.entries(list ?? {}).map(([resource, enforced]) =>
    check({
      type,
      resource,
      enforced,
      request: requests[resource],
      limit: limits[resource],
    })
  ).filter((text) => text !== undefined);
}

function belowMin(
  { type, resource, enforced, request, limit }: Bound,
): string | undefined {
  const text = `minimum ${resource} usage per ${type} is ${enforced}`;
  if (request === undefined) return `${text}.  No request is specified`;
  if (compareQuantities(request, enforced) < 0) {
    return `${text}, but request is ${request}`;
  }
  if (limit !== undefined && compareQuantities(limit, enforced) < 0) {
    return `${text}, but limit is ${limit}`;
  }
}

function aboveMax(
  { type, resource, enforced, request, limit }: Bound,
): string | undefined {
  const text = `maximum ${resource} usage per ${type} is ${enforced}`;
  if (limit === undefined) return `${text}.  No limit is specified`;
  if (compareQuantities(limit, enforced) > 0) {
    return `${text}, but limit is ${limit}`;
  }
  if (request !== undefined && compareQuantities(request, enforced) > 0) {
    return `${text}, but request is ${request}`;
  }
}

function claimAboveMax(
  { type, resource, enforced, request }: Bound,
): string | undefined {
  const text = `maximum ${resource} usage per ${type} is ${enforced}`;
  if (request === undefined) return `${text}.  No request is specified`;
  if (compareQuantities(request, enforced) > 0) {
    return `${text}, but request is ${request}`;
  }
}

function aboveRatio(
  { type, resource, enforced, request, limit }: Bound,
): string | undefined {
  const text =
    `${resource} max limit to request ratio per ${type} is ${enforced}`;
  if (request === undefined || isZero(request)) {
    return `${text}, but no request is specified or request is 0`;
  }
  if (limit === undefined || isZero(limit)) {
    return `${text}, but no limit is specified or limit is 0`;
  }
  const ratio = nano(limit) / nano(request);
  if (ratio * 1e9 > nano(enforced)) {
    return `${text}, but provided ratio is ${ratio.toFixed(6)}`;
  }
}

function isZero(quantity: Quantity): boolean {
  return parseQuantity(quantity).nano === 0n;
}

function nano(quantity: Quantity): number {
  return Number(parseQuantity(quantity).nano);
}

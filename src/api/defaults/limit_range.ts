/**
 * Defaults of LimitRanges.
 *
 * @module
 */
import type { LimitRange } from "../core/limit_range.ts";
import { defaultResources } from "./container.ts";

/** Fills in what a LimitRange leaves open: for containers, defaults follow from bounds. */
export function defaultLimitRange({ spec }: LimitRange): void {
  for (const item of spec.limits) {
    if (item.type === "Container") {
      const limits = { ...item.max, ...item.default };
      const requests = { ...item.min, ...limits, ...item.defaultRequest };
      if (Object.keys(limits).length > 0) item.default = limits;
      if (Object.keys(requests).length > 0) item.defaultRequest = requests;
    }
    for (
      const list of [
        item.max,
        item.min,
        item.default,
        item.defaultRequest,
        item.maxLimitRequestRatio,
      ]
    ) defaultResources(list);
  }
}

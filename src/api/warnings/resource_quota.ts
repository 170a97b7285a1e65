/**
 * What a client is warned of when it makes a ResourceQuota.
 *
 * @module
 */
import type { ResourceQuota } from "../core/resource_quota.ts";
import { compareQuantities } from "../quantity.ts";

const COMPARED = ["cpu", "memory", "storage", "ephemeral-storage"];

/** Warns when more may be requested than the limits allow. */
export function warnOfResourceQuota(
  { spec: { hard = {} } }: ResourceQuota,
  previous?: ResourceQuota,
): string[] {
  if (previous !== undefined) return [];
  return COMPARED.flatMap((name) => {
    // The bare name means requests, for those two.
    const bare = name === "cpu" || name === "memory";
    const requests = hard[`requests.${name}`] === undefined && bare
      ? name
      : `requests.${name}`;
    const request = hard[requests];
    const limit = hard[`limits.${name}`];
    return request === undefined || limit === undefined ||
        compareQuantities(request, limit) <= 0
      ? []
      : [
        `ResourceQuota ${requests} (${request}) should be less than limits.${name} (${limit})`,
      ];
  });
}

/**
 * What `kubectl get resourcequotas` shows.
 *
 * @module
 */
import type { Column } from "../kind.ts";
import type { ResourceQuota } from "../core/resource_quota.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

/** `pods: 1/4, requests.cpu: 0/2`, of limits or of all else. */
function usage({ status }: ResourceQuota, limits: boolean): string {
  const { hard = {}, used = {} } = status ?? {};
  return Object.keys(hard).sort()
    .filter((name) => name.startsWith("limits.") === limits)
    .map((name) => `${name}: ${used[name] ?? "0"}/${hard[name]}`)
    .join(", ");
}

/** The columns. */
export const quotaColumns: readonly Column<ResourceQuota>[] = [
  nameColumn(),
  column("Request", (quota) => usage(quota, false), {
    description: "What is used of requests and counts, and how much may be",
  }),
  column("Limit", (quota) => usage(quota, true), {
    description: "What is used of limits, and how much may be",
  }),
  ageColumn(),
];

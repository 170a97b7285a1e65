/**
 * The columns of devices and claims of them.
 *
 * @module
 */
import type { Column } from "../kind.ts";
import type { ResourceClaim } from "../resource/resource_claim.ts";
import type { ResourceSlice } from "../resource/resource_slice.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

function stateOf({ metadata, status }: ResourceClaim): string {
  const deleted = metadata.deletionTimestamp !== undefined;
  const states = deleted ? ["deleted"] : [];
  if (status?.allocation === undefined) {
    if (!deleted) states.push("pending");
  } else {
    states.push("allocated");
    if (status.reservedFor !== undefined) states.push("reserved");
  }
  return states.join(",");
}

/** Columns of ResourceClaims. */
export const resourceClaimColumns: readonly Column<ResourceClaim>[] = [
  nameColumn(),
  column("State", stateOf, { description: "Whether there are devices for it" }),
  ageColumn(),
];

/** Columns of ResourceSlices. */
export const resourceSliceColumns: readonly Column<ResourceSlice>[] = [
  nameColumn(),
  column("Node", ({ spec }) => spec.nodeName ?? "", {
    description: "The node that can reach the devices",
  }),
  column("Driver", ({ spec }) => spec.driver, { description: "The driver" }),
  column("Pool", ({ spec }) => spec.pool.name, {
    description: "The pool of the devices",
  }),
  ageColumn(),
];

/**
 * What is sent when a pod's status changed.
 *
 * @module
 */
import { sameJson } from "../../../src/api/equal.ts";
import type {
  PodCondition,
  PodStatus,
} from "../../../src/api/core/pod_status.ts";
import { OWN_CONDITIONS } from "./conditions.ts";

/** Fields that the agent writes. The rest of a status belongs to others and is never touched. */
const OWN_FIELDS = [
  "observedGeneration",
  "phase",
  "reason",
  "message",
  "hostIP",
  "hostIPs",
  "podIP",
  "podIPs",
  "startTime",
  "initContainerStatuses",
  "containerStatuses",
  "ephemeralContainerStatuses",
  "allocatedResources",
  "resources",
] as const satisfies readonly (keyof PodStatus)[];

/**
 * The strategic merge patch of `status` that leads from what the API has to what it should have, or undefined when they are the same.
 * Lists of addresses replace each other; conditions of others stay.
 */
export function statusPatch(
  has: PodStatus | undefined,
  wants: PodStatus,
): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of OWN_FIELDS) {
    if (sameJson(has?.[field], wants[field])) continue;
    const value = wants[field];
    if (value === undefined) patch[field] = null;
    else if (field === "podIPs" || field === "hostIPs") {
      // Also when we know of none: the API may have one from before a power cut that we have not heard of yet, and it would stay beside the new one.
      patch[field] = [{ $patch: "replace" }, ...wants[field]!];
    } else patch[field] = value;
  }
  const conditions = (wants.conditions ?? []).filter(isOwn).map((wanted) =>
    conditionPatch(
      has?.conditions?.find(({ type }) => type === wanted.type),
      wanted,
    )
  ).filter((condition) => condition !== undefined);
  if (conditions.length > 0) patch.conditions = conditions;
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** Among the conditions of others there is one that we write when we end a pod for the sake of others. */
function isOwn({ type, reason }: PodCondition): boolean {
  return OWN_CONDITIONS.includes(type) ||
    (type === "DisruptionTarget" && reason === "TerminationByKubelet");
}

function conditionPatch(
  has: PodCondition | undefined,
  wants: PodCondition,
): Record<string, unknown> | undefined {
  const same = has && has.status === wants.status &&
    has.reason === wants.reason && has.message === wants.message &&
    has.observedGeneration === wants.observedGeneration;
  if (same) return undefined;
  return {
    ...wants,
    // A merge by type keeps what is not named.
    ...(has?.reason !== undefined && wants.reason === undefined &&
      { reason: null }),
    ...(has?.message !== undefined && wants.message === undefined &&
      { message: null }),
  };
}

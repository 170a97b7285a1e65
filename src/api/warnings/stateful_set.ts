/**
 * What a client is warned of when it writes a StatefulSet.
 *
 * @module
 */
import type { StatefulSet } from "../apps/stateful_set.ts";
import { podWarnings } from "./pod.ts";
import { warnOfClaimSpec } from "./volume.ts";

/** Warnings about a new or changed StatefulSet. */
export function warnOfStatefulSet(
  { metadata, spec }: StatefulSet,
  previous?: StatefulSet,
): string[] {
  const isNew = previous === undefined;
  const changed = isNew ||
    metadata.generation !== previous.metadata.generation;
  return [
    ...(changed ? podWarnings(spec.template, "spec.template.") : []),
    ...(spec.volumeClaimTemplates ?? []).flatMap((claim, i) =>
      warnOfClaimSpec(
        claim.spec,
        `spec.volumeClaimTemplates[${i}]${isNew ? "" : ".Spec"}`,
      )
    ),
    ...((spec.revisionHistoryLimit ?? 0) < 0
      ? [
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended",
      ]
      : []),
  ];
}

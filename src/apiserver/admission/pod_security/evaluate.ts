/**
 * Which checks a level has in a version, and what they find.
 *
 * @module
 */
import { BASELINE_CHECKS } from "./baseline_checks.ts";
import type { CheckFn, PodLike, Violation } from "./check.ts";
import type { LevelVersion } from "./policy.ts";
import { RESTRICTED_CHECKS } from "./restricted_checks.ts";

/** What is wrong with a pod; empty is good. Baseline checks come first. */
export function evaluate(level: LevelVersion, pod: PodLike): Violation[] {
  return checksOf(level).map((check) => check(pod))
    .filter((violation) => violation !== undefined);
}

/** In a few words, without places. */
export function reasonsText(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(", ");
}

/** With places. */
export function detailsText(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) =>
    detail === "" ? reason : `${reason} (${detail})`
  ).join(", ");
}

function checksOf({ level, minor }: LevelVersion): readonly CheckFn[] {
  if (level === "privileged") return [];
  const restricted = level === "baseline" ? [] : RESTRICTED_CHECKS.map(
    (check) => ({ check, fn: at(check.versions, minor) }),
  ).filter(({ fn }) => fn !== undefined);
  const overridden = new Set(restricted.map(({ check }) => check.overrides));
  return [
    ...BASELINE_CHECKS.filter(({ id }) => !overridden.has(id))
      .map(({ versions }) => at(versions, minor)),
    ...restricted.map(({ fn }) => fn),
  ].filter((fn) => fn !== undefined);
}

/** The check as it was in a version; undefined when there was none yet. */
function at(
  versions: readonly (readonly [number, CheckFn])[],
  minor: number,
): CheckFn | undefined {
  return versions.findLast(([since]) => since <= minor)?.[1];
}

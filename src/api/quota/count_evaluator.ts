/**
 * Counts objects of any kind: `count/deployments.apps`.
 *
 * @module
 */
import type { Evaluator } from "./evaluator.ts";

/** Kinds that were counted before there was `count/`, by names of their own. */
const OLDER_NAMES: ReadonlySet<string> = new Set([
  "configmaps",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
]);

/** The name under which all objects of a resource are counted. */
export function countName(
  { group, plural }: { readonly group: string; readonly plural: string },
): string {
  return group === "" ? `count/${plural}` : `count/${plural}.${group}`;
}

/** Counts the objects of a resource, and nothing else of them. */
export function countEvaluator(
  resource: { readonly group: string; readonly plural: string },
): Evaluator {
  const older = resource.group === "" && OLDER_NAMES.has(resource.plural);
  const names = [countName(resource), ...older ? [resource.plural] : []];
  const usage = Object.fromEntries(names.map((name) => [name, "1"]));
  return {
    counts: (name) => names.includes(name),
    usage: () => usage,
    inScope: () => false,
    limits: ({ operation, subresource }) =>
      operation === "CREATE" && subresource === "",
  };
}

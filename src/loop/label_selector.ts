/**
 * Label selectors of objects met with labels.
 *
 * @module
 */
import type { LabelSelector } from "../api/meta.ts";

/**
 * Whether labels meet a selector. An absent selector meets nothing, an empty one everything, as
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ has it.
 */
export function matchesSelector(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  if (selector === undefined) return false;
  const own = labels ?? {};
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (own[key] !== value) return false;
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const value = own[key];
    const among = value !== undefined && (values ?? []).includes(value);
    switch (operator) {
      case "In":
        if (!among) return false;
        break;
      case "NotIn":
        if (among) return false;
        break;
      case "Exists":
        if (value === undefined) return false;
        break;
      case "DoesNotExist":
        if (value !== undefined) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

/** Whether a selector has no requirement at all. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return selector !== undefined &&
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0;
}

/**
 * Label selectors of stored objects met with labels.
 *
 * @module
 */
import type { LabelSelector } from "../api/meta.ts";
import { SelectorError, selectorOf } from "../api/selector.ts";

/**
 * Whether labels meet a selector. An absent selector meets nothing, and so does one that is not valid: a controller must not act on it.
 * To meet many objects with one selector, make it once with `selectorOf`.
 */
export function matchesSelector(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  try {
    return selectorOf(selector).matches(labels ?? {});
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

/** Whether a selector has no requirement at all: it would take everything, which no controller wants. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return selector !== undefined &&
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0;
}

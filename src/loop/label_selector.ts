/**
 * Label selectors of stored objects met with labels.
 *
 * @module
 */
import type { LabelSelector } from "../api/meta.ts";
import { Selector, SelectorError, selectorOf } from "../api/selector.ts";

/**
 * The selector of an object, to meet many labels with. An absent selector meets nothing, and so does one that is not valid: a controller must
 * not act on it.
 */
export function lenientSelector(selector: LabelSelector | undefined): Selector {
  try {
    return selectorOf(selector);
  } catch (error) {
    if (error instanceof SelectorError) return Selector.nothing;
    throw error;
  }
}

/** Whether labels meet a selector; see {@linkcode lenientSelector}. */
export function matchesSelector(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return lenientSelector(selector).matches(labels);
}

/** Whether a selector has no requirement at all: it would take everything, which no controller wants. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return selector !== undefined &&
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0;
}

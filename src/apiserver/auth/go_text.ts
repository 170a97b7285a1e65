/**
 * How Go prints values, where Kubernetes' error texts carry them.
 *
 * @module
 */

/** `%q` of a string. */
export function goString(text: string): string {
  return JSON.stringify(text);
}

/** `%q` of a list of strings: `["a" "b"]`. */
export function goStrings(texts: readonly string[]): string {
  return `[${texts.map(goString).join(" ")}]`;
}

/** Several errors as one text, as Kubernetes' aggregates have it: the same text counts once. */
export function aggregateText(texts: readonly string[]): string {
  const unique = [...new Set(texts)];
  return unique.length === 1 ? unique[0]! : `[${unique.join(", ")}]`;
}

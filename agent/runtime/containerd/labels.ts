/**
 * The label by which we find our own sandboxes and containers in a CRI runtime that others (a kubelet, say) use too.
 *
 * @module
 */

const MANAGED_BY = "wherry.dev/managed-by";

/** Selects what the agent made. */
export const OWN: Readonly<Record<string, string>> = { [MANAGED_BY]: "agent" };

/** The caller's labels and ours. */
export function withOwnLabel(
  labels: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...labels, ...OWN };
}

/** The labels that the caller gave. */
export function withoutOwnLabel(
  labels: Readonly<Record<string, string>>,
): Record<string, string> {
  const { [MANAGED_BY]: _, ...rest } = labels;
  return rest;
}

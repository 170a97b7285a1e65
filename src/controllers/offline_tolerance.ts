/**
 * How long a pod stays on a node that is out of reach.
 *
 * @module
 */
import type { Node } from "../api/core/node.ts";
import type { Pod } from "../api/core/pod.ts";
import type { Taint, Toleration } from "../api/core/toleration.ts";
import { tolerates } from "../api/core/tolerates.ts";

/**
 * On a pod, or on a node for all pods there that have none of their own: how long, in seconds, a pod stays on a node that is not ready or not reachable, or `forever`.
 * It stands in for the 300 s that every pod gets by default.
 */
export const OFFLINE_TOLERANCE = "wherry.dev/offline-tolerance";

const OFFLINE_KEYS: readonly string[] = [
  "node.kubernetes.io/not-ready",
  "node.kubernetes.io/unreachable",
];

/**
 * How long, in milliseconds, a pod may stay with these `NoExecute` taints: 0 is not at all, Infinity for ever. Of several tolerations that are used the shortest counts.
 */
export function stayMs(
  pod: Pod,
  { node, taints }: {
    readonly node: Node | undefined;
    readonly taints: readonly Taint[];
  },
): number {
  const offlineMs = offlineToleranceMs(pod) ??
    (node && offlineToleranceMs(node));
  let shortest = Infinity;
  for (const taint of taints) {
    const ms = OFFLINE_KEYS.includes(taint.key) && offlineMs !== undefined
      ? offlineMs
      : toleratedMs(pod.spec.tolerations ?? [], taint);
    shortest = Math.min(shortest, ms);
  }
  return shortest;
}

function toleratedMs(tolerations: readonly Toleration[], taint: Taint): number {
  const used = tolerations.find((toleration) => tolerates([toleration], taint));
  if (used === undefined) return 0;
  const { tolerationSeconds } = used;
  return tolerationSeconds === undefined
    ? Infinity
    : Math.max(0, tolerationSeconds) * 1_000;
}

/** What the annotation says; undefined without one that can be read. */
function offlineToleranceMs(
  { metadata }: Pick<Pod | Node, "metadata">,
): number | undefined {
  const text = metadata.annotations?.[OFFLINE_TOLERANCE]?.trim();
  if (text === "forever") return Infinity;
  return text !== undefined && /^\d+$/.test(text)
    ? Number(text) * 1_000
    : undefined;
}

/**
 * A rule of our own: the node has the runtime that the pod needs.
 *
 * @module
 */
import { podEngines } from "../../api/core/pod_engines.ts";
import type { Filter } from "./filter.ts";

/** Agents set `wherry.dev/runtime-<name>=true` on their nodes. */
export const RUNTIME_LABEL = "wherry.dev/runtime-";

/**
 * Keeps pods from nodes that could not run them. Nodes without any such label (a kubelet's) say nothing about runtimes and are not
 * judged.
 */
export const runtime: Filter = {
  name: "WherryRuntime",
  prepare: ({ pod }) => {
    const needed = [...new Set(Object.values(podEngines(pod).engines))];
    return ({ labels }) => {
      const missing = needed.find((name) =>
        labels[RUNTIME_LABEL + name] !== "true"
      );
      if (missing === undefined || !saysRuntimes(labels)) return undefined;
      return {
        reasons: [`node(s) didn't have the runtime ${missing}`],
        unresolvable: true,
      };
    };
  },
};

function saysRuntimes(labels: Readonly<Record<string, string>>): boolean {
  for (const key in labels) {
    if (key.startsWith(RUNTIME_LABEL)) return true;
  }
  return false;
}

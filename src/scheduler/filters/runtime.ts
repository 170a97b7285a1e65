/**
 * A rule of our own: the node has the runtime that the pod needs.
 *
 * @module
 */
import type { Filter } from "./filter.ts";

/** Agents set `wherry.dev/runtime-<name>=true` on their nodes. */
export const RUNTIME_LABEL = "wherry.dev/runtime-";
/** What a pod without a runtime class needs. */
export const DEFAULT_RUNTIME = "containerd";
/** Runtime classes that are engines of our agents; others are handlers of the node's CRI runtime. */
export const OWN_ENGINES: ReadonlySet<string> = new Set(["wasmtime", "deno"]);

/**
 * Keeps pods from nodes that could not run them. Nodes without any such label (a kubelet's) say nothing about runtimes and are not
 * judged.
 */
export const runtime: Filter = {
  name: "WherryRuntime",
  prepare: ({ pod }) => {
    const asked = pod.spec.runtimeClassName;
    const needed = asked !== undefined && OWN_ENGINES.has(asked)
      ? asked
      : DEFAULT_RUNTIME;
    const label = RUNTIME_LABEL + needed;
    return ({ labels }) =>
      labels[label] === "true" || !saysRuntimes(labels) ? undefined : {
        reasons: [`node(s) didn't have the runtime ${needed}`],
        unresolvable: true,
      };
  },
};

function saysRuntimes(labels: Readonly<Record<string, string>>): boolean {
  for (const key in labels) {
    if (key.startsWith(RUNTIME_LABEL)) return true;
  }
  return false;
}

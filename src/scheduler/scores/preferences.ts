/**
 * Preferences that people write: soft taints and preferred node affinity.
 *
 * @module
 */
import { meetsTerm } from "../../api/core/node_selector.ts";
import { tolerates } from "../../api/core/tolerates.ts";
import { normalize, type Score } from "./score.ts";

/** Nodes with the fewest `PreferNoSchedule` taints that the pod does not tolerate. */
export const softTaints: Score = {
  name: "TaintToleration",
  weight: 3,
  score: ({ pod }, nodes) =>
    normalize(
      nodes.map(({ node }) =>
        (node?.spec.taints ?? []).filter((taint) =>
          taint.effect === "PreferNoSchedule" &&
          !tolerates(pod.spec.tolerations, taint)
        ).length
      ),
      { fewerIsBetter: true },
    ),
};

/** Nodes that meet the heaviest preferred terms. */
export const preferredAffinity: Score = {
  name: "NodeAffinity",
  weight: 2,
  score: ({ pod }, nodes) => {
    const terms = pod.spec.affinity?.nodeAffinity
      ?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (terms.length === 0) return undefined;
    return normalize(nodes.map((node) => {
      let weight = 0;
      for (const term of terms) {
        if (term.preference && meetsTerm(term.preference, node)) {
          weight += term.weight;
        }
      }
      return weight;
    }));
  },
};

/**
 * Preference for nodes that do not have the same already.
 *
 * @module
 */
import { controllerOf } from "../../loop/owners.ts";
import { normalize, type Score } from "./score.ts";

/** Nodes with the fewest pods of the same controller. */
export const spreading: Score = {
  name: "PodTopologySpread",
  weight: 2,
  score: ({ pod }, nodes) => {
    const owner = controllerOf(pod)?.uid;
    if (owner === undefined) return undefined;
    return normalize(nodes.map((node) => node.siblings(owner)), {
      fewerIsBetter: true,
    });
  },
};

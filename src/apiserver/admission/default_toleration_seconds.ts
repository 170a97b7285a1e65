/**
 * DefaultTolerationSeconds: pods stay 300 s on a node that is not ready or not reachable.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { Toleration } from "../../api/core/toleration.ts";
import type { AdmissionPlugin } from "./admission.ts";

/** How long a pod stays, in seconds. */
export const DEFAULT_TOLERATION_SECONDS = 300;

const TAINTS = [
  "node.kubernetes.io/not-ready",
  "node.kubernetes.io/unreachable",
];

/** Adds the two tolerations to pods that have no own word on these taints. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  mutate({ operation, kind, subresource, object }) {
    if (kind.storagePrefix !== "pods" || subresource !== "") return;
    if (operation !== "CREATE" && operation !== "UPDATE") return;
    const { spec } = object as Pod;
    for (const key of TAINTS) {
      if (spec.tolerations?.some((own) => covers(own, key))) continue;
      spec.tolerations = [...spec.tolerations ?? [], {
        key,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: DEFAULT_TOLERATION_SECONDS,
      }];
    }
  },
};

function covers(toleration: Toleration, key: string): boolean {
  const { key: own, effect } = toleration;
  return (!own || own === key) && (!effect || effect === "NoExecute");
}

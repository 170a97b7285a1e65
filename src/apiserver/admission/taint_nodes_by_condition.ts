/**
 * TaintNodesByCondition: a new node takes no pods before it is known to be ready. The node controller takes the taint away.
 *
 * @module
 */
import type { Node } from "../../api/core/node.ts";
import type { AdmissionPlugin } from "./admission.ts";

const KEY = "node.kubernetes.io/not-ready";
const EFFECT = "NoSchedule";

/** The plugin. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: "TaintNodesByCondition",
  mutate({ operation, kind, subresource, object }) {
    if (operation !== "CREATE" || subresource !== "") return;
    if (kind.storagePrefix !== "nodes") return;
    const node = object as Node;
    const taints = node.spec?.taints ?? [];
    if (taints.some(({ key, effect }) => key === KEY && effect === EFFECT)) {
      return;
    }
    node.spec = {
      ...node.spec,
      taints: [...taints, { key: KEY, effect: EFFECT }],
    };
  },
};

/**
 * PodTopologyLabels: a pod that gets its node learns the node's zone and region by its own labels.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { Store } from "../../store/store.ts";
import type { AdmissionPlugin } from "./admission.ts";

const LABELS = [
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
];

/** Makes the plugin. */
export function podTopologyLabels(store: Store): AdmissionPlugin {
  return {
    name: "PodTopologyLabels",
    mutate({ operation, kind, subresource, object }) {
      if (kind.storagePrefix !== "pods") return;
      const binds = operation === "UPDATE" && subresource === "binding" ||
        operation === "CREATE" && subresource === "";
      if (!binds) return;
      const { metadata, spec } = object as Pod;
      if (!spec.nodeName) return;
      const labels = store.get(`nodes/${spec.nodeName}`)?.labels;
      for (const name of LABELS) {
        const value = labels?.[name];
        if (value !== undefined) {
          metadata.labels = { ...metadata.labels, [name]: value };
        }
      }
    },
  };
}

/**
 * ServiceAccount: pods that name no account run as `default`.
 *
 * Mounting a token waits until the server issues tokens; a pod that mounts none is what a cluster without them gives.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { AdmissionPlugin } from "./admission.ts";

/** Sets `spec.serviceAccountName` of new pods. */
export const serviceAccount: AdmissionPlugin = {
  name: "ServiceAccount",
  mutate({ operation, kind, subresource, object }) {
    if (operation !== "CREATE" || subresource !== "") return;
    if (kind.storagePrefix !== "pods") return;
    const { spec, metadata } = object as Pod;
    // Pods that a node made by itself have none.
    if (metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) {
      return;
    }
    if (!spec.serviceAccountName) {
      spec.serviceAccountName = spec.serviceAccount || "default";
    }
    spec.serviceAccount = spec.serviceAccountName;
  },
};

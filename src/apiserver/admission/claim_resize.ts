/**
 * PersistentVolumeClaimResize: a claim grows only when its storage class can do that.
 *
 * @module
 */
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import { compareQuantities } from "../../api/quantity.ts";
import { classOf } from "../../api/volumes/claim_words.ts";
import type { StorageClass } from "../../api/storage/storage_class.ts";
import type { Store } from "../../store/store.ts";
import { type AdmissionPlugin, refusal } from "./admission.ts";
import { RowCache } from "./row_cache.ts";

/** Makes the plugin. */
export function claimResize(store: Store): AdmissionPlugin {
  const classes = new RowCache<StorageClass>(store);
  return {
    name: "PersistentVolumeClaimResize",
    validate(attributes) {
      const { operation, kind, subresource } = attributes;
      if (operation !== "UPDATE" || subresource !== "") return;
      if (kind.storagePrefix !== "persistentvolumeclaims") return;
      const next = attributes.object as PersistentVolumeClaim;
      const previous = attributes.previous as PersistentVolumeClaim;
      if (compareQuantities(sizeOf(next), sizeOf(previous)) <= 0) return;
      if (previous.status?.phase !== "Bound") {
        throw refusal(
          attributes,
          "Only bound persistent volume claims can be expanded",
        );
      }
      const name = classOf(next);
      const grows = name !== "" && name === classOf(previous) &&
        classes.get(`storage/storageclasses/${name}`)?.allowVolumeExpansion ===
          true;
      if (grows) return;
      throw refusal(
        attributes,
        "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
      );
    },
  };
}

function sizeOf({ spec }: PersistentVolumeClaim): string {
  return spec.resources?.requests?.["storage"] ?? "0";
}

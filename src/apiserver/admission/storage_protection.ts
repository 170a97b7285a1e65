/**
 * StorageObjectInUseProtection: claims and volumes are not gone before nobody uses them any more. Controllers take the finalizers away.
 *
 * @module
 */
import type { AdmissionPlugin } from "./admission.ts";

/** Finalizers by storage prefix. */
const FINALIZERS: Readonly<Record<string, string>> = {
  "persistentvolumeclaims": "kubernetes.io/pvc-protection",
  "persistentvolumes": "kubernetes.io/pv-protection",
  "storage/volumeattributesclasses": "kubernetes.io/vac-protection",
};

/** The plugin. */
export const storageProtection: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",
  mutate({ operation, kind, subresource, object }) {
    if (operation !== "CREATE" || subresource !== "") return;
    const finalizer = FINALIZERS[kind.storagePrefix];
    if (finalizer === undefined) return;
    const { metadata } = object!;
    if (metadata.finalizers?.includes(finalizer)) return;
    metadata.finalizers = [...metadata.finalizers ?? [], finalizer];
  },
};

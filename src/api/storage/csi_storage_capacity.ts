import { column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { type LabelSelector, labelSelector, objectMeta } from "../meta.ts";
import {
  type Field,
  object,
  pointer,
  type Quantity,
  quantity,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  validateCsiStorageCapacity,
  validateCsiStorageCapacityUpdate,
} from "../validation/csi_storage_capacity.ts";
import { warnOfStorageCapacity } from "../warnings/node_labels.ts";

/** How much storage of a class there is in some part of the cluster. */
export interface CSIStorageCapacity extends KubeObject {
  /** Labels of the nodes that can reach it; absent means none. Cannot change. */
  nodeTopology?: LabelSelector;
  /** The class; cannot change. */
  storageClassName: string;
  /** How much there is. */
  capacity?: Quantity;
  /** How large one volume can be. */
  maximumVolumeSize?: Quantity;
}

/** Schema of {@linkcode CSIStorageCapacity}. */
export const csiStorageCapacity: Field<CSIStorageCapacity> = object<
  CSIStorageCapacity
>(
  "io.k8s.api.storage.v1.CSIStorageCapacity",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    nodeTopology: pointer(labelSelector),
    storageClassName: str,
    capacity: pointer(quantity),
    maximumVolumeSize: pointer(quantity),
  }),
);

/** Storage that there is. */
export const csiStorageCapacities: Kind<CSIStorageCapacity> = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIStorageCapacity",
  plural: "csistoragecapacities",
  namespaced: true,
  needsRevision: true,
  type: csiStorageCapacity,
  validate: validateCsiStorageCapacity,
  validateUpdate: validateCsiStorageCapacityUpdate,
  warnings: warnOfStorageCapacity,
  columns: [
    nameColumn(),
    column("StorageClassName", (o) => o.storageClassName, {
      description: "The class",
    }),
    column("Capacity", ({ capacity }) => capacity ?? "<unset>", {
      description: "How much there is",
    }),
  ],
});

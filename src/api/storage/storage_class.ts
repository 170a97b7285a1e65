import { storageClassColumns } from "../columns/storage.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  bool,
  type Field,
  list,
  map,
  named,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  validateStorageClass,
  validateStorageClassUpdate,
} from "../validation/storage_class.ts";
import { type TopologySelectorTerm, topologySelectorTerm } from "./topology.ts";
import { warnOfStorageClass } from "../warnings/node_labels.ts";

/** A kind of storage that volumes can be made of. Nothing of it but metadata and `allowVolumeExpansion` can change. */
export interface StorageClass extends KubeObject {
  /** Who makes the volumes. */
  provisioner: string;
  /** What the provisioner is told. */
  parameters?: Record<string, string>;
  /** What becomes of a volume when its claim goes: `Delete` or `Retain`. Default: Delete. */
  reclaimPolicy?: string;
  /** Options that the volumes are mounted with; not checked. */
  mountOptions?: string[];
  /** Whether volumes may grow. */
  allowVolumeExpansion?: boolean;
  /** When claims get a volume: `Immediate`, or `WaitForFirstConsumer` when a Pod needs it. Default: Immediate. */
  volumeBindingMode?: string;
  /** Where volumes may be made; absent means anywhere. */
  allowedTopologies?: TopologySelectorTerm[];
}

/** Schema of {@linkcode StorageClass}. */
export const storageClass: Field<StorageClass> = object<StorageClass>(
  "io.k8s.api.storage.v1.StorageClass",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    provisioner: str,
    parameters: optional(map(str)),
    reclaimPolicy: pointer(named("v1.PersistentVolumeReclaimPolicy")),
    mountOptions: optional(list(str, { type: "atomic" })),
    allowVolumeExpansion: pointer(bool),
    volumeBindingMode: pointer(named("v1.VolumeBindingMode")),
    allowedTopologies: optional(list(topologySelectorTerm, { type: "atomic" })),
  }),
);

/** Kinds of storage. */
export const storageClasses: Kind<StorageClass> = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "StorageClass",
  plural: "storageclasses",
  namespaced: false,
  shortNames: ["sc"],
  type: storageClass,
  setDefaults(object) {
    object.reclaimPolicy ??= "Delete";
    object.volumeBindingMode ??= "Immediate";
  },
  validate: validateStorageClass,
  validateUpdate: validateStorageClassUpdate,
  warnings: warnOfStorageClass,
  columns: storageClassColumns,
});

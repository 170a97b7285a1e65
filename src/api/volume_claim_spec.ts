import {
  type LabelSelector,
  labelSelector,
  type ObjectMeta,
  objectMeta,
} from "./meta.ts";
import {
  type TypedLocalObjectReference,
  typedLocalObjectReference,
  type TypedObjectReference,
  typedObjectReference,
} from "./reference.ts";
import {
  type VolumeResourceRequirements,
  volumeResourceRequirements,
} from "./resource_requirements.ts";
import {
  type Field,
  list,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
} from "./schema/words.ts";

/** PersistentVolumeAccessMode. */
export type PersistentVolumeAccessMode =
  | "ReadWriteOnce"
  | "ReadOnlyMany"
  | "ReadWriteMany"
  | "ReadWriteOncePod";

/** PersistentVolumeMode. */
export type PersistentVolumeMode = "Block" | "Filesystem";

/** PersistentVolumeClaimSpec. */
export interface PersistentVolumeClaimSpec {
  accessModes?: PersistentVolumeAccessMode[];
  selector?: LabelSelector;
  resources?: VolumeResourceRequirements;
  volumeName?: string;
  storageClassName?: string;
  volumeMode?: PersistentVolumeMode;
  dataSource?: TypedLocalObjectReference;
  dataSourceRef?: TypedObjectReference;
  volumeAttributesClassName?: string;
}

/** Schema of {@linkcode PersistentVolumeClaimSpec}. */
export const persistentVolumeClaimSpec: Field<PersistentVolumeClaimSpec> =
  object<PersistentVolumeClaimSpec>(
    "io.k8s.api.core.v1.PersistentVolumeClaimSpec",
    () => ({
      accessModes: optional(
        list(
          named<PersistentVolumeAccessMode>("v1.PersistentVolumeAccessMode"),
          { type: "atomic" },
        ),
      ),
      selector: pointer(labelSelector),
      resources: volumeResourceRequirements,
      volumeName: optional(str),
      storageClassName: pointer(str),
      volumeMode: pointer(
        named<PersistentVolumeMode>("v1.PersistentVolumeMode"),
      ),
      dataSource: pointer(typedLocalObjectReference),
      dataSourceRef: pointer(typedObjectReference),
      volumeAttributesClassName: pointer(str),
    }),
  );

/** PersistentVolumeClaimTemplate. */
export interface PersistentVolumeClaimTemplate {
  metadata?: ObjectMeta;
  spec: PersistentVolumeClaimSpec;
}

/** Schema of {@linkcode PersistentVolumeClaimTemplate}. */
export const persistentVolumeClaimTemplate: Field<
  PersistentVolumeClaimTemplate
> = object<PersistentVolumeClaimTemplate>(
  "io.k8s.api.core.v1.PersistentVolumeClaimTemplate",
  () => ({
    metadata: objectMeta,
    spec: needed(persistentVolumeClaimSpec),
  }),
);

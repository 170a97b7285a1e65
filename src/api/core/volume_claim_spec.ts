import {
  type LabelSelector,
  labelSelector,
  type ObjectMeta,
  objectMeta,
} from "../meta.ts";
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
} from "../schema/words.ts";

/** How many may mount a volume, and whether they may write. */
export type PersistentVolumeAccessMode =
  | "ReadWriteOnce"
  | "ReadOnlyMany"
  | "ReadWriteMany"
  | "ReadWriteOncePod";

/** Whether a volume is a file system or a raw device. */
export type PersistentVolumeMode = "Block" | "Filesystem";

/** What kind of volume is wished for. */
export interface PersistentVolumeClaimSpec {
  /** How the volume is to be mounted. */
  accessModes?: PersistentVolumeAccessMode[];
  /** Labels that the volume must have. */
  selector?: LabelSelector;
  /** How large it must be. */
  resources?: VolumeResourceRequirements;
  /** The volume that was bound. */
  volumeName?: string;
  /** The class that it is of. */
  storageClassName?: string;
  /** File system or raw device. Default: Filesystem. */
  volumeMode?: PersistentVolumeMode;
  /** A snapshot or claim that it starts from. */
  dataSource?: TypedLocalObjectReference;
  /** Like `dataSource`, for any kind. */
  dataSourceRef?: TypedObjectReference;
  /** The class of attributes that may change. */
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

/** What a claim is made from. */
export interface PersistentVolumeClaimTemplate {
  /** Labels and annotations of the claim. */
  metadata?: ObjectMeta;
  /** The claim's spec. */
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

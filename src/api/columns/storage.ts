/**
 * The columns of the storage kinds that have many.
 *
 * @module
 */
import type { Column, KubeObject } from "../kind.ts";
import type { CSIDriver } from "../storage/csi_driver.ts";
import type { StorageClass } from "../storage/storage_class.ts";
import type { VolumeAttachment } from "../storage/volume_attachment.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

const DEFAULT_ANNOTATIONS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

/** Whether a storage class is the one for claims that name none. */
export function isDefaultStorageClass({ metadata }: KubeObject): boolean {
  const { annotations = {} } = metadata;
  return DEFAULT_ANNOTATIONS.some((key) => annotations[key] === "true");
}

/** Columns of StorageClasses. */
export const storageClassColumns: readonly Column<StorageClass>[] = [
  {
    ...nameColumn<StorageClass>(),
    cell: (object) =>
      `${object.metadata.name ?? ""}${
        isDefaultStorageClass(object) ? " (default)" : ""
      }`,
  },
  column("Provisioner", ({ provisioner }) => provisioner, {
    description: "Who makes the volumes",
  }),
  column("ReclaimPolicy", ({ reclaimPolicy }) => reclaimPolicy ?? "Delete", {
    description: "What becomes of a volume when its claim goes",
  }),
  column(
    "VolumeBindingMode",
    ({ volumeBindingMode }) => volumeBindingMode ?? "Immediate",
    { description: "When claims get a volume" },
  ),
  column(
    "AllowVolumeExpansion",
    ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    { description: "Whether volumes may grow" },
  ),
  ageColumn(),
];

/** Columns of VolumeAttachments. */
export const volumeAttachmentColumns: readonly Column<VolumeAttachment>[] = [
  nameColumn(),
  {
    ...column<VolumeAttachment>("Attacher", ({ spec }) => spec.attacher, {
      description: "The driver that attaches it",
    }),
    format: "name",
  },
  column("PV", ({ spec }) => spec.source.persistentVolumeName ?? "", {
    description: "The volume",
  }),
  column("Node", ({ spec }) => spec.nodeName, { description: "The node" }),
  column("Attached", ({ status }) => status?.attached ?? false, {
    type: "boolean",
    description: "Whether it is attached",
  }),
  ageColumn(),
];

/** Columns of CSIDrivers. */
export const csiDriverColumns: readonly Column<CSIDriver>[] = [
  nameColumn(),
  column("AttachRequired", ({ spec }) => spec.attachRequired ?? true, {
    type: "boolean",
    description: "Whether volumes must be attached before they are mounted",
  }),
  column("PodInfoOnMount", ({ spec }) => spec.podInfoOnMount ?? false, {
    type: "boolean",
    description: "Whether it is told of the Pod when it mounts",
  }),
  column("StorageCapacity", ({ spec }) => spec.storageCapacity ?? false, {
    type: "boolean",
    description: "Whether scheduling looks at its capacity",
  }),
  column(
    "TokenRequests",
    ({ spec }) =>
      spec.tokenRequests?.map((t) => t.audience).join(",") ?? "<unset>",
    { description: "Who takes the tokens that it gets" },
  ),
  column("RequiresRepublish", ({ spec }) => spec.requiresRepublish ?? false, {
    type: "boolean",
    description: "Whether it is called again while a volume is mounted",
  }),
  column(
    "Modes",
    ({ spec }) => (spec.volumeLifecycleModes ?? []).join(",") || "<none>",
    { description: "What volumes it has" },
  ),
  ageColumn(),
];

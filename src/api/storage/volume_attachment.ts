import { volumeAttachmentColumns } from "../columns/storage.ts";
import {
  type PersistentVolumeSpec,
  persistentVolumeSpec,
} from "../core/persistent_volume.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  bool,
  type Field,
  int32,
  map,
  needed,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";
import {
  validateVolumeAttachment,
  validateVolumeAttachmentUpdate,
} from "../validation/volume_attachment.ts";
import { keepMetadata } from "../status_metadata.ts";

/** The volume; exactly one field. */
export interface VolumeAttachmentSource {
  /** Name of a PersistentVolume. */
  persistentVolumeName?: string;
  /** The volume itself, for those that Pods name in line. */
  inlineVolumeSpec?: PersistentVolumeSpec;
}

/** Schema of {@linkcode VolumeAttachmentSource}. */
export const volumeAttachmentSource: Field<VolumeAttachmentSource> = object<
  VolumeAttachmentSource
>(
  "io.k8s.api.storage.v1.VolumeAttachmentSource",
  () => ({
    persistentVolumeName: pointer(str),
    inlineVolumeSpec: pointer(persistentVolumeSpec),
  }),
);

/** Which volume is wished for on which node. Cannot change. */
export interface VolumeAttachmentSpec {
  /** The driver that attaches it. */
  attacher: string;
  /** The volume. */
  source: VolumeAttachmentSource;
  /** The node. */
  nodeName: string;
}

/** Schema of {@linkcode VolumeAttachmentSpec}. */
export const volumeAttachmentSpec: Field<VolumeAttachmentSpec> = object<
  VolumeAttachmentSpec
>(
  "io.k8s.api.storage.v1.VolumeAttachmentSpec",
  () => ({
    attacher: str,
    source: needed(volumeAttachmentSource),
    nodeName: str,
  }),
);

/** What went wrong with a volume. */
export interface VolumeError {
  /** When. */
  time?: string;
  /** What, for people; it may be shown to users. */
  message?: string;
  /** The number that the driver gave. */
  errorCode?: number;
}

/** Schema of {@linkcode VolumeError}. */
export const volumeError: Field<VolumeError> = object<VolumeError>(
  "io.k8s.api.storage.v1.VolumeError",
  () => ({
    time: optional(time),
    message: optional(str),
    errorCode: pointer(int32),
  }),
);

/** Whether the volume is there. */
export interface VolumeAttachmentStatus {
  /** Whether it is attached. */
  attached: boolean;
  /** What the driver says of it, for those who mount it. */
  attachmentMetadata?: Record<string, string>;
  /** What went wrong when it was attached. */
  attachError?: VolumeError;
  /** What went wrong when it was detached. */
  detachError?: VolumeError;
}

/** Schema of {@linkcode VolumeAttachmentStatus}. */
export const volumeAttachmentStatus: Field<VolumeAttachmentStatus> = object<
  VolumeAttachmentStatus
>(
  "io.k8s.api.storage.v1.VolumeAttachmentStatus",
  () => ({
    attached: bool,
    attachmentMetadata: optional(map(str)),
    attachError: pointer(volumeError),
    detachError: pointer(volumeError),
  }),
);

/** The wish that a volume be attached to a node. */
export interface VolumeAttachment extends KubeObject {
  /** Which volume, and which node. */
  spec: VolumeAttachmentSpec;
  /** Whether it is there. */
  status?: VolumeAttachmentStatus;
}

/** Schema of {@linkcode VolumeAttachment}. */
export const volumeAttachment: Field<VolumeAttachment> = object<
  VolumeAttachment
>(
  "io.k8s.api.storage.v1.VolumeAttachment",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(volumeAttachmentSpec),
    status: volumeAttachmentStatus,
  }),
);

/** Volumes that are wished for on nodes. */
export const volumeAttachments: Kind<VolumeAttachment> = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttachment",
  plural: "volumeattachments",
  namespaced: false,
  needsRevision: true,
  subresources: ["status"],
  type: volumeAttachment,
  prepareForStatusUpdate: keepMetadata,
  validate: validateVolumeAttachment,
  validateUpdate: validateVolumeAttachmentUpdate,
  validateStatusUpdate: validateVolumeAttachment,
  columns: volumeAttachmentColumns,
});

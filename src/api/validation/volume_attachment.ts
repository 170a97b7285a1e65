/**
 * The rules of volume attachments. They follow `pkg/apis/storage/validation` of Kubernetes.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import {
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type {
  VolumeAttachment,
  VolumeAttachmentSource,
  VolumeError,
} from "../storage/volume_attachment.ts";
import { IMMUTABLE } from "./meta.ts";
import { isDnsSubdomain } from "./names.ts";
import { validateCsiDriverName } from "./storage_class.ts";
import { each, within } from "./values.ts";

const MAX_METADATA_BYTES = 256 * 1024;
const MAX_MESSAGE_LENGTH = 1024;
const MAX_INT32 = 2 ** 31 - 1;

function validateSource(
  { persistentVolumeName: name, inlineVolumeSpec: inline }:
    VolumeAttachmentSource,
): FieldError[] {
  const field = "spec.source";
  const why =
    "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
  if (name === undefined && inline === undefined) return [required(field, why)];
  if (name !== undefined && inline !== undefined) {
    return [forbiddenField(field, why)];
  }
  return name !== "" ? [] : [
    required(
      `${field}.persistentVolumeName`,
      "must specify non empty persistentVolumeName",
    ),
  ];
}

function validateError(
  error: VolumeError | undefined,
  field: string,
): FieldError[] {
  if (error === undefined) return [];
  return [
    ...((error.message ?? "").length > MAX_MESSAGE_LENGTH
      // Kubernetes names the bound of another field here.
      ? [tooLong(`${field}.message`, MAX_METADATA_BYTES)]
      : []),
    ...within(`${field}.errorCode`, error.errorCode, [0, MAX_INT32]),
  ];
}

/** The rules of a VolumeAttachment, beside those of its metadata. */
export function validateVolumeAttachment(
  { spec, status }: VolumeAttachment,
): FieldError[] {
  const { attacher, source, nodeName } = spec;
  const { attachmentMetadata = {}, attachError, detachError } = status ?? {};
  const size = Object.entries(attachmentMetadata)
    .reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const volume = source.persistentVolumeName;
  return [
    ...validateCsiDriverName("spec.attacher", attacher),
    ...validateSource(source),
    ...each("spec.nodeName", nodeName, isDnsSubdomain(nodeName)),
    ...(size > MAX_METADATA_BYTES
      ? [tooLong("status.attachmentMetadata", MAX_METADATA_BYTES)]
      : []),
    ...validateError(attachError, "status.attachError"),
    ...validateError(detachError, "status.detachError"),
    ...(volume === undefined ? [] : each(
      "spec.source.persistentVolumeName",
      volume,
      isDnsSubdomain(volume),
    )),
  ];
}

/** The spec of an attachment stays. */
export function validateVolumeAttachmentUpdate(
  next: VolumeAttachment,
  previous: VolumeAttachment,
): FieldError[] {
  if (sameJson(next.spec, previous.spec)) return [];
  const { attacher, source, nodeName } = next.spec;
  // Kubernetes shows its internal form, whose fields are upper-case.
  const shown = {
    Attacher: attacher,
    Source: {
      PersistentVolumeName: source.persistentVolumeName ?? null,
      InlineVolumeSpec: source.inlineVolumeSpec ?? null,
    },
    NodeName: nodeName,
  };
  return [invalidValue("spec", shown, IMMUTABLE)];
}

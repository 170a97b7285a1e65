/**
 * What a client is warned of when it writes volumes and claims.
 *
 * @module
 */
import type { PersistentVolume } from "../core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../core/persistent_volume_claim.ts";
import type { PersistentVolumeClaimSpec } from "../core/volume_claim_spec.ts";
import { parseQuantity } from "../quantity.ts";
import { OLD_LABELS } from "./pod.ts";

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const CLASS_TEXT =
  'deprecated since v1.8; use "storageClassName" attribute instead';
const MOUNT_ANNOTATION = "volume.beta.kubernetes.io/mount-options";

/** Sources that nothing serves any more, with the name that the warning gives them. */
const OLD_SOURCES = [
  ["cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  [
    "photonPersistentDisk",
    "photonPersistentDisk",
    "deprecated in v1.11, non-functional in v1.16+",
  ],
  ["scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"],
] as const;

/** Warnings about a volume. */
export function warnOfPersistentVolume(
  { metadata: { annotations = {} }, spec }: PersistentVolume,
): string[] {
  const found: string[] = [];
  if (annotations[CLASS_ANNOTATION] !== undefined) {
    found.push(`metadata.annotations[${CLASS_ANNOTATION}]: ${CLASS_TEXT}`);
  }
  if (annotations[MOUNT_ANNOTATION] !== undefined) {
    found.push(
      `metadata.annotations[${MOUNT_ANNOTATION}]: deprecated since v1.31; use "mountOptions" attribute instead`,
    );
  }
  if (spec.persistentVolumeReclaimPolicy === "Recycle") {
    found.push(
      "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
    );
  }
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  terms.forEach(({ matchExpressions = [] }, i) =>
    matchExpressions.forEach(({ key }, j) => {
      if (OLD_LABELS[key] === undefined) return;
      found.push(
        `spec.nodeAffinity.required.nodeSelectorTerms[${i}].matchExpressions[${j}].key: ${key} is ${
          OLD_LABELS[key]
        }`,
      );
    })
  );
  for (const [source, name, text] of OLD_SOURCES) {
    if (spec[source] !== undefined) found.push(`spec.${name}: ${text}`);
  }
  return found;
}

/** Warnings about what is wished for. */
export function warnOfClaimSpec(
  { resources = {} }: PersistentVolumeClaimSpec,
  field: string,
): string[] {
  return (["requests", "limits"] as const).flatMap((name) => {
    const amount = resources[name]?.["storage"];
    return amount === undefined || parseQuantity(amount).nano % 10n ** 9n === 0n
      ? []
      : [
        `${field}.resources.${name}[storage]: fractional byte value ${
          JSON.stringify(amount)
        } is invalid, must be an integer`,
      ];
  });
}

/** Warnings about a claim. */
export function warnOfPersistentVolumeClaim(
  { metadata, spec }: PersistentVolumeClaim,
): string[] {
  return [
    ...(metadata.annotations?.[CLASS_ANNOTATION] === undefined
      ? []
      : [`metadata.annotations[${CLASS_ANNOTATION}]: ${CLASS_TEXT}`]),
    ...warnOfClaimSpec(spec, "spec"),
  ];
}

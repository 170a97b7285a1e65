/**
 * Who uses a PersistentVolume (the claim that it is bound to) and a VolumeAttributesClass (claims and volumes that name it).
 *
 * @module
 */
import type { PersistentVolume } from "../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../api/core/persistent_volume_claim.ts";
import type { VolumeAttributesClass } from "../api/storage/volume_attributes_class.ts";
import type { Informer } from "../client/client.ts";

/** What keeps a volume. */
export const PV_FINALIZER = "kubernetes.io/pv-protection";

/** What keeps a class of attributes. */
export const VAC_FINALIZER = "kubernetes.io/vac-protection";

/** Whether a claim has a volume. */
export function isVolumeUsed({ status }: PersistentVolume): boolean {
  return status?.phase === "Bound";
}

/** Whether a claim or a volume names a class. */
export function isClassUsed(
  { metadata }: VolumeAttributesClass,
  { claims, volumes }: {
    readonly claims: Informer<PersistentVolumeClaim>;
    readonly volumes: Informer<PersistentVolume>;
  },
): boolean {
  const { name } = metadata;
  return volumes.list().some((volume) =>
    volume.spec.volumeAttributesClassName === name
  ) || claims.list().some((claim) => classesOfClaim(claim).includes(name));
}

/** The classes that a claim names, has or is to get. */
export function classesOfClaim(
  { spec, status }: PersistentVolumeClaim,
): (string | undefined)[] {
  return [
    spec.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => name !== undefined && name !== "");
}

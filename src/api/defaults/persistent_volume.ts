/**
 * Defaults of volumes and claims.
 *
 * @module
 */
import type { PersistentVolume } from "../core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../core/persistent_volume_claim.ts";
import { defaultResources } from "./container.ts";
import { defaultVolume } from "./volume.ts";

/** Fills in what a volume leaves open. */
export function defaultPersistentVolume(volume: PersistentVolume): void {
  const { spec } = volume;
  const status = volume.status ??= {};
  status.phase ??= "Pending";
  spec.persistentVolumeReclaimPolicy ??= "Retain";
  spec.volumeMode ??= "Filesystem";
  defaultResources(spec.capacity);
  // The sources that a Pod's volumes have as well have the same defaults.
  const { hostPath, iscsi, rbd, azureDisk, scaleIO } = spec;
  const sources = { hostPath, iscsi, rbd, azureDisk, scaleIO };
  if (Object.values(sources).some((source) => source !== undefined)) {
    defaultVolume(
      { name: "", ...sources } as Parameters<
        typeof defaultVolume
      >[0],
    );
  }
}

/** Fills in what a claim leaves open. */
export function defaultPersistentVolumeClaim(
  claim: PersistentVolumeClaim,
): void {
  const { spec } = claim;
  const status = claim.status ??= {};
  status.phase ??= "Pending";
  spec.volumeMode ??= "Filesystem";
  defaultResources(spec.resources?.limits);
  defaultResources(spec.resources?.requests);
  defaultResources(status.capacity);
  defaultResources(status.allocatedResources);
}

/** Old and new name of the same field: each fills the other one in. */
export function alignDataSources(
  { spec }: PersistentVolumeClaim,
  previous?: PersistentVolumeClaim,
): void {
  const { dataSource, dataSourceRef } = spec;
  const used = previous?.spec.dataSource ?? previous?.spec.dataSourceRef;
  // Of old, other kinds are dropped without a word; the new field takes all.
  if (
    used === undefined && dataSourceRef === undefined &&
    dataSource !== undefined && !isOldSource(dataSource)
  ) delete spec.dataSource;
  if (spec.dataSource !== undefined && dataSourceRef === undefined) {
    spec.dataSourceRef = { ...spec.dataSource };
  } else if (
    dataSourceRef !== undefined && spec.dataSource === undefined &&
    (dataSourceRef.namespace ?? "") === ""
  ) {
    const { namespace: _, ...source } = dataSourceRef;
    spec.dataSource = source;
  }
}

function isOldSource(
  { apiGroup = "", kind }: { apiGroup?: string; kind: string },
): boolean {
  return (apiGroup === "" && kind === "PersistentVolumeClaim") ||
    (apiGroup === "snapshot.storage.k8s.io" && kind === "VolumeSnapshot");
}

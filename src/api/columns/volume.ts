/**
 * What `kubectl get` shows of volumes and claims.
 *
 * @module
 */
import type { Column } from "../kind.ts";
import type { PersistentVolume } from "../core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../core/persistent_volume_claim.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

/** Where the class was before it had a field of its own. */
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

const SHORT_MODES = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
] as const;

/** Access modes in short: `RWO,ROX`. */
export function accessModesText(modes: readonly string[] = []): string {
  return SHORT_MODES.filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short).join(",");
}

type Storage = PersistentVolume | PersistentVolumeClaim;

function classOf({ metadata, spec }: Storage): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ??
    "";
}

function phaseOf({ metadata, status }: Storage): string {
  return metadata.deletionTimestamp === undefined
    ? status?.phase ?? ""
    : "Terminating";
}

/** The columns that both end with. */
function attributes<T extends Storage>() {
  return {
    storageClass: column<T>("StorageClass", classOf, {
      description: "Class of the storage",
    }),
    attributesClass: column<T>(
      "VolumeAttributesClass",
      ({ spec }) => spec.volumeAttributesClassName ?? "<unset>",
      { description: "Class of the attributes of the volume" },
    ),
    mode: column<T>("VolumeMode", ({ spec }) => spec.volumeMode ?? "<unset>", {
      wide: true,
      description: "File system or raw device",
    }),
  };
}

function claimText({ spec: { claimRef } }: PersistentVolume): string {
  return claimRef === undefined
    ? ""
    : `${claimRef.namespace ?? ""}/${claimRef.name ?? ""}`;
}

const ofVolume = attributes<PersistentVolume>();
const ofClaim = attributes<PersistentVolumeClaim>();

/** The columns of volumes. */
export const volumeColumns: readonly Column<PersistentVolume>[] = [
  nameColumn(),
  column("Capacity", ({ spec }) => spec.capacity?.["storage"] ?? "0", {
    description: "How large the volume is",
  }),
  column("Access Modes", ({ spec }) => accessModesText(spec.accessModes), {
    description: "Ways in which the volume can be mounted",
  }),
  column(
    "Reclaim Policy",
    ({ spec }) => spec.persistentVolumeReclaimPolicy ?? "",
    { description: "What becomes of the volume when its claim goes" },
  ),
  column("Status", phaseOf, {
    description: "Where the volume is in its life",
  }),
  column("Claim", claimText, { description: "The claim that has the volume" }),
  ofVolume.storageClass,
  ofVolume.attributesClass,
  column("Reason", ({ status }) => status?.reason ?? "", {
    description: "Why the volume has this status",
  }),
  ageColumn(),
  ofVolume.mode,
];

function isBound({ spec }: PersistentVolumeClaim): boolean {
  return (spec.volumeName ?? "") !== "";
}

/** The columns of claims. */
export const claimColumns: readonly Column<PersistentVolumeClaim>[] = [
  nameColumn(),
  column("Status", phaseOf, { description: "Where the claim is in its life" }),
  column("Volume", ({ spec }) => spec.volumeName ?? "", {
    description: "The volume of the claim",
  }),
  column(
    "Capacity",
    (claim) => isBound(claim) ? claim.status?.capacity?.["storage"] ?? "0" : "",
    { description: "How large the volume is" },
  ),
  column(
    "Access Modes",
    (claim) => isBound(claim) ? accessModesText(claim.status?.accessModes) : "",
    { description: "Ways in which the volume can be mounted" },
  ),
  ofClaim.storageClass,
  ofClaim.attributesClass,
  ageColumn(),
  ofClaim.mode,
];

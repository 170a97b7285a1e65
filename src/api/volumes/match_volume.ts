/**
 * Which volume suits a claim.
 *
 * @module
 */
import type { PersistentVolume } from "../core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../core/persistent_volume_claim.ts";
import { compareQuantities } from "../quantity.ts";
import { Selector, SelectorError, selectorOf } from "../selector.ts";
import {
  classOf,
  isKeptFor,
  isReachable,
  volumeModeOf,
} from "./claim_words.ts";

/** Options of {@linkcode findVolume}. */
export interface FindVolumeOptions {
  /** Labels of the node that must reach it; absent asks no node. */
  readonly node?: Readonly<Record<string, string>>;
  /** Volumes that are given away already, by name. */
  readonly taken?: ReadonlySet<string>;
  /** Only what is kept for the claim: the rest is the scheduler's to give. @default false */
  readonly onlyKept?: boolean;
}

/**
 * The volume for a claim: one that is kept for it, else the smallest that is large enough, among those with the fewest access modes beyond what is asked for.
 */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  { node, taken, onlyKept = false }: FindVolumeOptions = {},
): PersistentVolume | undefined {
  const wanted = requestOf(claim);
  const selector = selectorFor(claim);
  let best: PersistentVolume | undefined;
  let bestModes = Infinity;
  for (const volume of volumes) {
    if (taken?.has(volume.metadata.name ?? "")) continue;
    const kept = isKeptFor(volume, claim);
    if (volume.spec.claimRef !== undefined && !kept) continue;
    if (!canHold(volume, claim, wanted)) continue;
    const reachable = node === undefined || isReachable(volume, node);
    // A claim that has a volume of its own gets no other, be it out of reach.
    if (kept) return reachable ? volume : undefined;
    if (
      onlyKept || !reachable || volume.status?.phase !== "Available" ||
      classOf(volume) !== classOf(claim) ||
      !(selector?.matches(volume.metadata.labels) ?? true)
    ) continue;
    const modes = new Set(volume.spec.accessModes).size;
    if (
      best === undefined || modes < bestModes ||
      modes === bestModes &&
        compareQuantities(sizeOf(volume), sizeOf(best)) < 0
    ) {
      best = volume;
      bestModes = modes;
    }
  }
  return best;
}

/** Why a volume that a claim names cannot be its own, in Kubernetes' words; undefined when it can. */
export function misfit(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): string | undefined {
  const { metadata } = volume;
  if (metadata.deletionTimestamp !== undefined) {
    return `the volume is marked for deletion ${JSON.stringify(metadata.name)}`;
  }
  if (compareQuantities(sizeOf(volume), requestOf(claim)) < 0) {
    return "requested PV is too small";
  }
  if (classOf(volume) !== classOf(claim)) {
    return "storageClassName does not match";
  }
  if (attributesOf(volume) !== attributesOf(claim)) {
    return "volumeAttributesClassName does not match";
  }
  if (volumeModeOf(volume) !== volumeModeOf(claim)) {
    return "incompatible volumeMode";
  }
  return hasModes(volume, claim) ? undefined : "incompatible accessMode";
}

/** How much a claim asks for. */
export function requestOf({ spec }: PersistentVolumeClaim): string {
  return spec.resources?.requests?.["storage"] ?? "0";
}

/** How large a volume is. */
export function sizeOf({ spec }: PersistentVolume): string {
  return spec.capacity?.["storage"] ?? "0";
}

/** What holds for volumes that are kept for the claim as well. */
function canHold(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
  wanted: string,
): boolean {
  return compareQuantities(sizeOf(volume), wanted) >= 0 &&
    volumeModeOf(volume) === volumeModeOf(claim) &&
    attributesOf(volume) === attributesOf(claim) &&
    volume.metadata.deletionTimestamp === undefined &&
    hasModes(volume, claim);
}

function hasModes(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): boolean {
  const modes = volume.spec.accessModes ?? [];
  return (claim.spec.accessModes ?? []).every((mode) => modes.includes(mode));
}

function attributesOf(
  { spec }: PersistentVolume | PersistentVolumeClaim,
): string {
  return spec.volumeAttributesClassName ?? "";
}

/** A selector that cannot be met meets nothing: the claim waits. */
function selectorFor(
  { spec: { selector } }: PersistentVolumeClaim,
): Selector | undefined {
  if (selector === undefined) return undefined;
  try {
    return selectorOf(selector);
  } catch (error) {
    if (error instanceof SelectorError) return Selector.nothing;
    throw error;
  }
}

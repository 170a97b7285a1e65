/**
 * What becomes of a volume: free, bound, released, and what its reclaim policy says.
 *
 * @module
 */
import type { PersistentVolume } from "../../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import {
  claimKeyOf,
  PROVISIONED_BY,
  volumeModeOf,
} from "../../api/volumes/claim_words.ts";
import type { ClaimSync } from "./claim_sync.ts";
import type { VolumeRecords } from "./volume_records.ts";

const IN_TREE = "kubernetes.io/";

/** One pass over a volume. */
export class VolumeSync {
  readonly #records: VolumeRecords;
  readonly #claims: ClaimSync;

  /** Nothing runs until it is asked to. */
  constructor(records: VolumeRecords, claims: ClaimSync) {
    this.#records = records;
    this.#claims = claims;
  }

  /** Brings a volume further, if it can be. */
  async sync(volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    const records = this.#records;
    const { claimRef } = volume.spec;
    if (!claimRef?.uid) {
      await records.setVolumePhase(volume, "Available", { signal });
      return;
    }
    const claim = await this.#claimOf(volume, signal);
    if (claim === undefined) {
      return await this.#releaseAndReclaim(volume, signal);
    }
    const { volumeName } = claim.spec;
    if (volumeName === volume.metadata.name) {
      await records.setVolumePhase(volume, "Bound", { signal });
    } else if (!volumeName) {
      await this.#finishBinding(volume, claim, signal);
    } else if (
      volume.metadata.annotations?.[PROVISIONED_BY] !== undefined &&
      volume.spec.persistentVolumeReclaimPolicy === "Delete"
    ) {
      // Made for a claim that has got another one meanwhile.
      await this.#releaseAndReclaim(volume, signal);
    } else {
      const released = await records.release(volume, signal);
      await records.setVolumePhase(released, "Available", { signal });
    }
  }

  /** The claim that the volume is bound to; undefined when it is gone. A copy may be behind, and what is reclaimed is gone: the API is asked before. */
  async #claimOf(
    volume: PersistentVolume,
    signal: AbortSignal,
  ): Promise<PersistentVolumeClaim | undefined> {
    const key = claimKeyOf(volume)!;
    const { uid } = volume.spec.claimRef!;
    let claim = this.#records.claim(key);
    if (claim?.metadata.uid !== uid) {
      if (claim === undefined && isOver(volume)) return undefined;
      claim = await this.#records.readClaim(key, signal);
    }
    return claim?.metadata.uid === uid ? claim : undefined;
  }

  async #finishBinding(
    volume: PersistentVolume,
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<void> {
    if (volumeModeOf(volume) === volumeModeOf(claim)) {
      return await this.#claims.sync(claim, signal);
    }
    const type = "Warning";
    const reason = "VolumeMismatch";
    this.#records.teller.tell(volume, {
      type,
      reason,
      message:
        `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${
          JSON.stringify(claim.metadata.name)
        } due to incompatible volumeMode.`,
    });
    this.#records.teller.tell(claim, {
      type,
      reason,
      message: `Cannot bind PersistentVolume ${
        JSON.stringify(volume.metadata.name)
      } to requested PersistentVolumeClaim due to incompatible volumeMode.`,
    });
  }

  /** A volume that has failed stays so, for people to see; another policy gives it another chance. */
  async #releaseAndReclaim(
    volume: PersistentVolume,
    signal: AbortSignal,
  ): Promise<void> {
    if (!isOver(volume)) {
      await this.#records.setVolumePhase(volume, "Released", { signal });
    }
    const failure = reclaimFailure(volume);
    if (failure === undefined) return;
    const current = this.#records.volume(volume.metadata.name!) ?? volume;
    const { message } = failure;
    if (
      await this.#records.setVolumePhase(current, "Failed", { message, signal })
    ) this.#records.teller.tell(current, { type: "Warning", ...failure });
  }
}

function isOver({ status }: PersistentVolume): boolean {
  return status?.phase === "Released" || status?.phase === "Failed";
}

/** Why what the policy says cannot be done; undefined when there is nothing to do, or somebody else does it. */
function reclaimFailure(
  { metadata, spec }: PersistentVolume,
): { readonly reason: string; readonly message: string } | undefined {
  const reason = "VolumeFailedDelete";
  switch (spec.persistentVolumeReclaimPolicy ?? "Retain") {
    case "Retain":
      return undefined;
    case "Delete": {
      const provisioner = metadata.annotations?.[PROVISIONED_BY];
      if (provisioner?.startsWith(IN_TREE)) {
        return {
          reason,
          message: `no volume plugin matched name: ${provisioner}`,
        };
      }
      // Who has made it removes it.
      if (provisioner || spec.csi !== undefined) return undefined;
      return {
        reason,
        message: `error getting deleter volume plugin for volume ${
          JSON.stringify(metadata.name)
        }: no deletable volume plugin matched`,
      };
    }
    case "Recycle":
      return {
        reason: "VolumeFailedRecycle",
        message: "No recycler plugin found for the volume!",
      };
    default:
      return {
        reason: "VolumeUnknownReclaimPolicy",
        message: "Volume has unrecognized PersistentVolumeReclaimPolicy",
      };
  }
}

/**
 * What becomes of a claim: a volume is found, asked for or waited for.
 *
 * @module
 */
import { isDefaultStorageClass } from "../../api/columns/storage.ts";
import type { PersistentVolume } from "../../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import type { StorageClass } from "../../api/storage/storage_class.ts";
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  classOf,
  isKeptFor,
  namesClass,
  SELECTED_NODE,
  waitsForConsumer,
} from "../../api/volumes/claim_words.ts";
import { findVolume, misfit } from "../../api/volumes/match_volume.ts";
import { keyOf } from "../../client/paths.ts";
import { BY_CLAIM } from "../../loop/owners.ts";
import { BY_CLASS } from "../../loop/shared_informers.ts";
import { isPodTerminal } from "../pods.ts";
import type { BinderParts, VolumeRecords } from "./volume_records.ts";

/** Provisioners of this kind were part of Kubernetes once; none is part of ours. */
const IN_TREE = "kubernetes.io/";

/** One pass over a claim. */
export class ClaimSync {
  readonly #parts: BinderParts;
  readonly #records: VolumeRecords;

  /** Nothing runs until it is asked to. */
  constructor(parts: BinderParts, records: VolumeRecords) {
    this.#parts = parts;
    this.#records = records;
  }

  /** Brings a claim further, if it can be. */
  async sync(
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<void> {
    if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) {
      await this.#syncBound(claim, signal);
    } else if (claim.spec.volumeName) {
      await this.#syncNamed(claim, claim.spec.volumeName, signal);
    } else {
      await this.#syncOpen(claim, signal);
    }
  }

  /** It has had a volume: what is missing now is lost. */
  async #syncBound(
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<void> {
    const { volumeName } = claim.spec;
    if (!volumeName) {
      return await this.#lose(claim, signal, {
        reason: "ClaimLost",
        message:
          "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!",
      });
    }
    const volume = this.#records.volume(volumeName);
    if (volume === undefined) {
      return await this.#lose(claim, signal, {
        reason: "ClaimLost",
        message:
          "Bound claim has lost its PersistentVolume. Data on the volume is lost!",
      });
    }
    const { claimRef } = volume.spec;
    if (claimRef === undefined || claimRef.uid === claim.metadata.uid) {
      return await this.#bind(volume, claim, signal);
    }
    await this.#lose(claim, signal, {
      reason: "ClaimMisbound",
      message:
        "Two claims are bound to the same volume, this one is bound incorrectly",
    });
  }

  async #lose(
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
    words: { readonly reason: string; readonly message: string },
  ): Promise<void> {
    if (claim.status?.phase === "Lost") return;
    await this.#records.setClaimPhase(claim, "Lost", { signal });
    this.#records.teller.tell(claim, { type: "Warning", ...words });
  }

  /** It asks for a volume by its name. */
  async #syncNamed(
    claim: PersistentVolumeClaim,
    name: string,
    signal: AbortSignal,
  ): Promise<void> {
    const volume = this.#records.volume(name);
    if (volume === undefined) return await this.#wait(claim, signal);
    if (volume.spec.claimRef === undefined) {
      const problem = misfit(volume, claim);
      if (problem === undefined) return await this.#bind(volume, claim, signal);
      this.#records.teller.tell(claim, {
        type: "Warning",
        reason: "VolumeMismatch",
        message: `Cannot bind to requested volume ${
          JSON.stringify(name)
        }: ${problem}`,
      });
      return await this.#wait(claim, signal);
    }
    if (isKeptFor(volume, claim)) {
      return await this.#bind(volume, claim, signal);
    }
    const ours =
      claim.metadata.annotations?.[BOUND_BY_CONTROLLER] !== undefined;
    this.#records.teller.tell(claim, {
      type: "Warning",
      reason: "FailedBinding",
      message: `volume ${
        JSON.stringify(name)
      } already bound to a different claim.`,
    });
    if (!ours) await this.#wait(claim, signal);
  }

  /** It takes any volume that suits it. */
  async #syncOpen(
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<void> {
    const className = classOf(claim);
    const oneClass = this.#parts.classes.get(className);
    const delayed = waitsForConsumer(oneClass);
    const volume = findVolume(claim, this.#candidates(claim, className), {
      onlyKept: delayed,
    });
    if (volume !== undefined) return await this.#bind(volume, claim, signal);
    const byDefault = namesClass(claim) ? undefined : this.#defaultClass();
    if (byDefault !== undefined) {
      return await this.#records.setClass(claim, byDefault, signal);
    }
    if (
      delayed && claim.metadata.annotations?.[SELECTED_NODE] === undefined
    ) {
      this.#tellOfConsumers(claim);
    } else if (className !== "") {
      return await this.#provision(claim, oneClass, signal);
    } else {
      this.#records.teller.tell(claim, {
        type: "Normal",
        reason: "FailedBinding",
        message:
          "no persistent volumes available for this claim and no storage class is set",
      });
    }
    await this.#wait(claim, signal);
  }

  /** Volumes of the class, and those that are kept for the claim, of whatever class. */
  #candidates(
    claim: PersistentVolumeClaim,
    className: string,
  ): PersistentVolume[] {
    const { volumes } = this.#parts;
    return [
      ...this.#records.newest(volumes.byIndex(BY_CLAIM, keyOf(claim))),
      ...this.#records.newest(volumes.byIndex(BY_CLASS, className)),
    ];
  }

  /** Of several defaults the newest counts, then the first by name. */
  #defaultClass(): string | undefined {
    const [newest] = this.#parts.classes.list().filter(isDefaultStorageClass)
      .map(({ metadata: { name = "", creationTimestamp = "" } }) => ({
        name,
        creationTimestamp,
      }))
      .sort((a, b) =>
        a.creationTimestamp === b.creationTimestamp
          ? (a.name < b.name ? -1 : 1)
          : (a.creationTimestamp < b.creationTimestamp ? 1 : -1)
      );
    return newest?.name;
  }

  #tellOfConsumers(claim: PersistentVolumeClaim): void {
    const names = this.#parts.pods.byIndex(BY_CLAIM, keyOf(claim))
      .filter((pod) => !pod.spec.nodeName && !isPodTerminal(pod))
      .map(({ metadata }) => metadata.name).sort();
    this.#records.teller.tell(
      claim,
      names.length === 0
        ? {
          type: "Normal",
          reason: "WaitForFirstConsumer",
          message: "waiting for first consumer to be created before binding",
        }
        : {
          type: "Normal",
          reason: "WaitForPodScheduled",
          message: `waiting for pod${names.length > 1 ? "s" : ""} ${
            names.join(",")
          } to be scheduled`,
        },
    );
  }

  /** Asks the class's provisioner, by annotation. */
  async #provision(
    claim: PersistentVolumeClaim,
    oneClass: StorageClass | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const provisioner = oneClass?.provisioner;
    if (provisioner === undefined || provisioner.startsWith(IN_TREE)) {
      this.#records.teller.tell(claim, {
        type: "Warning",
        reason: "ProvisioningFailed",
        message: provisioner === undefined
          ? `storageclass.storage.k8s.io ${
            JSON.stringify(classOf(claim))
          } not found`
          : `no volume plugin matched name: ${provisioner}`,
      });
      return;
    }
    await this.#records.setProvisioner(claim, provisioner, signal);
    this.#records.teller.tell(claim, {
      type: "Normal",
      reason: "ExternalProvisioning",
      message:
        `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    });
  }

  async #wait(
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#records.setClaimPhase(claim, "Pending", { signal });
  }

  /** The volume first: it can be given away only once, and what follows from it can be done again. */
  async #bind(
    volume: PersistentVolume,
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<void> {
    const records = this.#records;
    const kept = await records.keepFor(volume, claim, signal);
    await records.setVolumePhase(kept, "Bound", { signal });
    const complete = await records.complete(claim, kept, signal);
    await records.setClaimPhase(complete, "Bound", { volume: kept, signal });
    records.teller.forget("PersistentVolumeClaim", keyOf(claim));
  }
}

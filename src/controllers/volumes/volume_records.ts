/**
 * {@linkcode VolumeRecords}: claims and volumes as the binder knows and writes them.
 *
 * @module
 */
import type { PersistentVolume } from "../../api/core/persistent_volume.ts";
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimStatus,
} from "../../api/core/persistent_volume_claim.ts";
import type { Pod } from "../../api/core/pod.ts";
import { sameJson } from "../../api/equal.ts";
import { isApiError } from "../../api/status.ts";
import type { StorageClass } from "../../api/storage/storage_class.ts";
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  isKeptFor,
  referenceToClaim,
  STORAGE_PROVISIONER,
} from "../../api/volumes/claim_words.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event_recorder.ts";
import type { ResourceInformer } from "../../client/informer.ts";
import { nameOf } from "../../client/paths.ts";
import {
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
} from "../../client/resources.ts";
import { Overlay } from "../../loop/overlay.ts";
import { Teller } from "./teller.ts";

/** What the binder works with. */
export interface BinderParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** From `claimInformer`. */
  readonly claims: ResourceInformer<PersistentVolumeClaim>;
  /** From `volumeInformer`. */
  readonly volumes: ResourceInformer<PersistentVolume>;
  /** All classes. */
  readonly classes: ResourceInformer<StorageClass>;
  /** All pods, by claim. */
  readonly pods: ResourceInformer<Pod>;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
}

/** Every write insists on the version that was decided upon; an object that is as wanted is not written. */
export class VolumeRecords {
  readonly #parts: BinderParts;
  readonly #claims: Overlay<PersistentVolumeClaim>;
  readonly #volumes: Overlay<PersistentVolume>;
  /** Tells people what happened. */
  readonly teller: Teller;

  /** Nothing runs until it is asked to. */
  constructor(parts: BinderParts) {
    this.#parts = parts;
    this.#claims = new Overlay(parts.claims);
    this.#volumes = new Overlay(parts.volumes);
    this.teller = new Teller(parts.recorder);
  }

  /** A claim by `namespace/name`. */
  claim(key: string): PersistentVolumeClaim | undefined {
    return this.#claims.get(key);
  }

  /** A volume by its name. */
  volume(name: string): PersistentVolume | undefined {
    return this.#volumes.get(name);
  }

  /** The newest versions of volumes from an index. */
  newest(volumes: readonly PersistentVolume[]): readonly PersistentVolume[] {
    return this.#volumes.newest(volumes);
  }

  /** A claim as the API has it now; undefined when it is gone. */
  async readClaim(
    key: string,
    signal: AbortSignal,
  ): Promise<PersistentVolumeClaim | undefined> {
    const { client } = this.#parts;
    try {
      return await client.get(PERSISTENT_VOLUME_CLAIMS, nameOf(key), signal);
    } catch (error) {
      if (isApiError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  /** Writes into the volume for whom it is. */
  async keepFor(
    volume: PersistentVolume,
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
  ): Promise<PersistentVolume> {
    const kept = isKeptFor(volume, claim);
    if (kept && volume.spec.claimRef?.uid === claim.metadata.uid) return volume;
    const { annotations } = volume.metadata;
    return await this.#writeVolume({
      ...volume,
      metadata: {
        ...volume.metadata,
        ...!kept && {
          annotations: { ...annotations, [BOUND_BY_CONTROLLER]: "yes" },
        },
      },
      spec: { ...volume.spec, claimRef: referenceToClaim(claim) },
    }, signal);
  }

  /** Takes a volume back that was given to a claim which has got another. One that its owner has kept for the claim stays so. */
  async release(
    volume: PersistentVolume,
    signal: AbortSignal,
  ): Promise<PersistentVolume> {
    const { claimRef, ...spec } = volume.spec;
    const { annotations, ...metadata } = volume.metadata;
    const { [BOUND_BY_CONTROLLER]: ours, ...others } = annotations ?? {};
    const { uid: _uid, ...kept } = claimRef ?? {};
    return await this.#writeVolume(
      ours === undefined ? { ...volume, spec: { ...spec, claimRef: kept } } : {
        ...volume,
        metadata: {
          ...metadata,
          ...Object.keys(others).length > 0 && { annotations: others },
        },
        spec,
      },
      signal,
    );
  }

  /** Writes a volume's phase; whether it is another one now. */
  async setVolumePhase(
    volume: PersistentVolume,
    phase: string,
    { message = "", signal }: {
      readonly message?: string;
      readonly signal: AbortSignal;
    },
  ): Promise<boolean> {
    if (volume.status?.phase === phase) return false;
    const { message: _old, ...status } = volume.status ?? {};
    await this.#writeVolume(
      {
        ...volume,
        status: { ...status, phase, ...message !== "" && { message } },
      },
      signal,
      "status",
    );
    return true;
  }

  /** Writes into the claim which volume it has, for good. */
  async complete(
    claim: PersistentVolumeClaim,
    volume: PersistentVolume,
    signal: AbortSignal,
  ): Promise<PersistentVolumeClaim> {
    const name = volume.metadata.name ?? "";
    const chosen = claim.spec.volumeName === name;
    const { annotations } = claim.metadata;
    if (chosen && annotations?.[BIND_COMPLETED] !== undefined) return claim;
    return await this.#writeClaim({
      ...claim,
      metadata: {
        ...claim.metadata,
        annotations: {
          ...annotations,
          ...!chosen && { [BOUND_BY_CONTROLLER]: "yes" },
          [BIND_COMPLETED]: "yes",
        },
      },
      spec: { ...claim.spec, volumeName: name },
    }, signal);
  }

  /** Writes a claim's phase, and of its volume what claims show; whether it is another phase now. */
  async setClaimPhase(
    claim: PersistentVolumeClaim,
    phase: string,
    { volume, signal }: {
      readonly volume?: PersistentVolume;
      readonly signal: AbortSignal;
    },
  ): Promise<boolean> {
    const changed = claim.status?.phase !== phase;
    const status = claimStatus(claim, { phase, changed, volume });
    if (!sameJson(status, claim.status ?? {})) {
      await this.#writeClaim({ ...claim, status }, signal, "status");
    }
    return changed;
  }

  /** Gives a claim that says nothing about its class the default one. */
  async setClass(
    claim: PersistentVolumeClaim,
    storageClassName: string,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#writeClaim(
      { ...claim, spec: { ...claim.spec, storageClassName } },
      signal,
    );
  }

  /** Writes into the claim who is to make its volume. */
  async setProvisioner(
    claim: PersistentVolumeClaim,
    provisioner: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { annotations = {} } = claim.metadata;
    if (STORAGE_PROVISIONER.every((key) => annotations[key] === provisioner)) {
      return;
    }
    const added = STORAGE_PROVISIONER.map((key) => [key, provisioner]);
    await this.#writeClaim({
      ...claim,
      metadata: {
        ...claim.metadata,
        annotations: { ...annotations, ...Object.fromEntries(added) },
      },
    }, signal);
  }

  async #writeVolume(
    volume: PersistentVolume,
    signal: AbortSignal,
    subresource?: string,
  ): Promise<PersistentVolume> {
    return this.#volumes.written(
      await this.#parts.client.update(PERSISTENT_VOLUMES, volume, {
        signal,
        ...subresource !== undefined && { subresource },
      }),
    );
  }

  async #writeClaim(
    claim: PersistentVolumeClaim,
    signal: AbortSignal,
    subresource?: string,
  ): Promise<PersistentVolumeClaim> {
    return this.#claims.written(
      await this.#parts.client.update(PERSISTENT_VOLUME_CLAIMS, claim, {
        signal,
        ...subresource !== undefined && { subresource },
      }),
    );
  }
}

/** The size is taken over when the phase changes, and not after: while a volume grows, the two may differ for a reason. */
function claimStatus(
  claim: PersistentVolumeClaim,
  { phase, changed, volume }: {
    readonly phase: string;
    readonly changed: boolean;
    readonly volume: PersistentVolume | undefined;
  },
): PersistentVolumeClaimStatus {
  const {
    accessModes: _modes,
    capacity,
    currentVolumeAttributesClassName: attributes,
    ...rest
  } = claim.status ?? {};
  if (volume === undefined) return { ...rest, phase };
  const { spec } = volume;
  const size = changed ? spec.capacity : capacity;
  const attributesNow = changed && claim.status?.phase === "Pending"
    ? spec.volumeAttributesClassName
    : attributes;
  return {
    ...rest,
    phase,
    ...spec.accessModes !== undefined && { accessModes: spec.accessModes },
    ...size !== undefined && { capacity: size },
    ...attributesNow !== undefined && {
      currentVolumeAttributesClassName: attributesNow,
    },
  };
}

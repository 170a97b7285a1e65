/**
 * {@linkcode VolumeBinder}: claims get volumes.
 *
 * @module
 */
import { isDefaultStorageClass } from "../../api/columns/storage.ts";
import type { PersistentVolume } from "../../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { StorageClass } from "../../api/storage/storage_class.ts";
import {
  claimKeyOf,
  claimKeysOf,
  classOf,
  isFullyBound,
} from "../../api/volumes/claim_words.ts";
import type { Change } from "../../client/client.ts";
import { keyOf } from "../../client/paths.ts";
import { BY_CLAIM } from "../../loop/owners.ts";
import type { Reconciler } from "../../loop/reconciler.ts";
import { BY_VOLUME, WAITING } from "../../loop/shared_informers.ts";
import { ClaimSync } from "./claim_sync.ts";
import { type BinderParts, VolumeRecords } from "./volume_records.ts";
import { VolumeSync } from "./volume_sync.ts";

/**
 * Keys are `claim/<namespace>/<name>` and `volume/<name>`. Follows Kubernetes' persistent volume controller: the volume is written first, then the claim, and
 * each pass goes on from whatever the last one has left. Run it with one worker: of two at once both could choose the same volume, and one would have to
 * begin again.
 *
 * Where Kubernetes looks at everything every 15 s, this one waits for the change that matters, and tells once what does not change.
 */
export class VolumeBinder implements Reconciler {
  readonly name = "volume-binder";
  readonly #parts: BinderParts;
  readonly #records: VolumeRecords;
  readonly #claims: ClaimSync;
  readonly #volumes: VolumeSync;

  /** Nothing runs until it is asked to. */
  constructor(parts: BinderParts) {
    this.#parts = parts;
    this.#records = new VolumeRecords(parts);
    this.#claims = new ClaimSync(parts, this.#records);
    this.#volumes = new VolumeSync(this.#records, this.#claims);
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const slash = key.indexOf("/");
    const name = key.slice(slash + 1);
    if (key.startsWith("claim/")) {
      const claim = this.#records.claim(name);
      if (claim !== undefined) await this.#claims.sync(claim, signal);
      else this.#records.teller.forget("PersistentVolumeClaim", name);
    } else {
      const volume = this.#records.volume(name);
      if (volume !== undefined) await this.#volumes.sync(volume, signal);
      else this.#records.teller.forget("PersistentVolume", name);
    }
  }

  /** A claim concerns itself and the volumes that are, or were, its own. */
  keysOfClaim(
    { key, object, previous }: Change<PersistentVolumeClaim>,
  ): string[] {
    const volumes = new Set<string | undefined>([
      object?.spec.volumeName,
      previous?.spec.volumeName,
    ]);
    for (const volume of this.#parts.volumes.byIndex(BY_CLAIM, key)) {
      volumes.add(volume.metadata.name);
    }
    return [
      `claim/${key}`,
      ...[...volumes].filter(Boolean).map((name) => `volume/${name}`),
    ];
  }

  /** A volume concerns itself, the claim that it is for, those that name it, and when it is free those that wait for one like it. */
  keysOfVolume({ key, object, previous }: Change<PersistentVolume>): string[] {
    const { claims } = this.#parts;
    const keys = new Set([`volume/${key}`]);
    for (const volume of [object, previous]) {
      const claim = volume && claimKeyOf(volume);
      if (claim !== undefined) keys.add(`claim/${claim}`);
    }
    for (const claim of claims.byIndex(BY_VOLUME, key)) {
      keys.add(`claim/${keyOf(claim)}`);
    }
    if (
      object?.status?.phase === "Available" &&
      object.spec.claimRef === undefined
    ) this.#addWaiting(keys, classOf(object));
    return [...keys];
  }

  /** A class concerns the claims that wait for a volume of it, the default class those that say nothing. */
  keysOfClass({ key, object }: Change<StorageClass>): string[] {
    const keys = new Set<string>();
    this.#addWaiting(keys, key);
    if (object !== undefined && isDefaultStorageClass(object)) {
      this.#addWaiting(keys, "");
    }
    return [...keys];
  }

  /** A pod that comes, goes or gets its node concerns claims that wait for their first consumer. */
  keysOfPod({ object, previous }: Change<Pod>): string[] {
    if (
      object?.spec.nodeName === previous?.spec.nodeName && object && previous
    ) {
      return [];
    }
    const pod = object ?? previous;
    if (pod === undefined) return [];
    return claimKeysOf(pod).filter((key) => {
      const claim = this.#parts.claims.get(key);
      return claim !== undefined && !isFullyBound(claim);
    }).map((key) => `claim/${key}`);
  }

  #addWaiting(keys: Set<string>, className: string): void {
    for (const claim of this.#parts.claims.byIndex(WAITING, className)) {
      keys.add(`claim/${keyOf(claim)}`);
    }
  }
}

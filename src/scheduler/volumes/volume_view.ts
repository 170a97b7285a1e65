/**
 * {@linkcode VolumeView}: claims, volumes and classes as the scheduler sees them.
 *
 * @module
 */
import type { PersistentVolume } from "../../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import type { StorageClass } from "../../api/storage/storage_class.ts";
import type { ResourceInformer } from "../../client/informer.ts";
import { Overlay } from "../../loop/overlay.ts";
import { BY_CLASS } from "../../loop/shared_informers.ts";

/** Where a {@linkcode VolumeView} looks. */
export interface VolumeInformers {
  /** From `claimInformer`. */
  readonly claims: ResourceInformer<PersistentVolumeClaim>;
  /** From `volumeInformer`. */
  readonly volumes: ResourceInformer<PersistentVolume>;
  /** All classes. */
  readonly classes: ResourceInformer<StorageClass>;
}

/** What the informers tell, with what was decided here and has not come back yet. */
export class VolumeView {
  /** Claims, with the nodes that were chosen for their volumes. */
  readonly claims: Overlay<PersistentVolumeClaim>;
  /** Volumes, with the claims that were chosen for them. */
  readonly volumes: Overlay<PersistentVolume>;
  /** Where all of it comes from. */
  readonly informers: VolumeInformers;

  /** Nothing is decided yet. */
  constructor(informers: VolumeInformers) {
    this.informers = informers;
    this.claims = new Overlay(informers.claims);
    this.volumes = new Overlay(informers.volumes);
  }

  /** A class by its name. */
  storageClass(name: string): StorageClass | undefined {
    return this.informers.classes.get(name);
  }

  /** All volumes of a class. */
  volumesOf(className: string): readonly PersistentVolume[] {
    return this.volumes.newest(
      this.informers.volumes.byIndex(BY_CLASS, className),
    );
  }
}

/**
 * Defaults of storage drivers.
 *
 * @module
 */
import type { CSIDriver } from "../storage/csi_driver.ts";

/** Fills in what a driver does not say. */
export function defaultCsiDriver({ spec }: CSIDriver): void {
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
  spec.volumeLifecycleModes ??= ["Persistent"];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

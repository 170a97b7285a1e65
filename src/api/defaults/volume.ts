/**
 * Defaults of volumes.
 *
 * @module
 */
import type { Volume } from "../core/volume.ts";
import {
  defaultFieldRef,
  defaultPullPolicy,
  defaultResources,
} from "./container.ts";

/** Permissions of files from ConfigMaps, Secrets and the downward API. */
export const DEFAULT_FILE_MODE = 0o644;

/** Seconds that a projected ServiceAccount token lasts. */
export const DEFAULT_TOKEN_SECONDS = 3600;

function defaultProjected(volume: Volume): void {
  const { projected } = volume;
  if (projected === undefined) return;
  projected.defaultMode ??= DEFAULT_FILE_MODE;
  for (const { downwardAPI, serviceAccountToken } of projected.sources ?? []) {
    for (const { fieldRef } of downwardAPI?.items ?? []) {
      defaultFieldRef(fieldRef);
    }
    if (serviceAccountToken !== undefined) {
      serviceAccountToken.expirationSeconds ??= DEFAULT_TOKEN_SECONDS;
    }
  }
}

function defaultLegacy(volume: Volume): void {
  const { iscsi, rbd, azureDisk, scaleIO } = volume;
  if (iscsi !== undefined) iscsi.iscsiInterface ??= "default";
  if (rbd !== undefined) {
    rbd.pool ??= "rbd";
    rbd.user ??= "admin";
    rbd.keyring ??= "/etc/ceph/keyring";
  }
  if (azureDisk !== undefined) {
    azureDisk.cachingMode ??= "ReadWrite";
    azureDisk.fsType ??= "ext4";
    azureDisk.readOnly ??= false;
    azureDisk.kind ??= "Shared";
  }
  if (scaleIO !== undefined) {
    scaleIO.storageMode ??= "ThinProvisioned";
    scaleIO.fsType ??= "xfs";
  }
}

/** Fills in what a volume leaves open; one without a source is an emptyDir. */
export function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).every((key) => key === "name")) volume.emptyDir = {};
  const { hostPath, secret, configMap, downwardAPI, image, ephemeral } = volume;
  if (hostPath !== undefined) hostPath.type ??= "";
  if (secret !== undefined) secret.defaultMode ??= DEFAULT_FILE_MODE;
  if (configMap !== undefined) configMap.defaultMode ??= DEFAULT_FILE_MODE;
  if (downwardAPI !== undefined) {
    downwardAPI.defaultMode ??= DEFAULT_FILE_MODE;
    for (const { fieldRef } of downwardAPI.items ?? []) {
      defaultFieldRef(fieldRef);
    }
  }
  if (image !== undefined) {
    image.pullPolicy ??= defaultPullPolicy(image.reference ?? "");
  }
  const claim = ephemeral?.volumeClaimTemplate?.spec;
  if (claim !== undefined) {
    claim.volumeMode ??= "Filesystem";
    defaultResources(claim.resources?.limits);
    defaultResources(claim.resources?.requests);
  }
  defaultProjected(volume);
  defaultLegacy(volume);
}

import {
  type LocalObjectReference,
  localObjectReference,
} from "./reference.ts";
import {
  bool,
  defaulted,
  type Field,
  int32,
  list,
  map,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
} from "./schema/words.ts";

/** AzureDataDiskCachingMode. */
export type AzureDataDiskCachingMode = "None" | "ReadOnly" | "ReadWrite";

/** AzureDataDiskKind. */
export type AzureDataDiskKind = "Shared" | "Dedicated" | "Managed";

/** GCEPersistentDiskVolumeSource. */
export interface GCEPersistentDiskVolumeSource {
  pdName: string;
  fsType?: string;
  partition?: number;
  readOnly?: boolean;
}

/** Schema of {@linkcode GCEPersistentDiskVolumeSource}. */
export const gcePersistentDiskVolumeSource: Field<
  GCEPersistentDiskVolumeSource
> = object<GCEPersistentDiskVolumeSource>(
  "io.k8s.api.core.v1.GCEPersistentDiskVolumeSource",
  () => ({
    pdName: str,
    fsType: optional(str),
    partition: optional(int32),
    readOnly: optional(bool),
  }),
);

/** AWSElasticBlockStoreVolumeSource. */
export interface AWSElasticBlockStoreVolumeSource {
  volumeID: string;
  fsType?: string;
  partition?: number;
  readOnly?: boolean;
}

/** Schema of {@linkcode AWSElasticBlockStoreVolumeSource}. */
export const awsElasticBlockStoreVolumeSource: Field<
  AWSElasticBlockStoreVolumeSource
> = object<AWSElasticBlockStoreVolumeSource>(
  "io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource",
  () => ({
    volumeID: str,
    fsType: optional(str),
    partition: optional(int32),
    readOnly: optional(bool),
  }),
);

/** GitRepoVolumeSource. */
export interface GitRepoVolumeSource {
  repository: string;
  revision?: string;
  directory?: string;
}

/** Schema of {@linkcode GitRepoVolumeSource}. */
export const gitRepoVolumeSource: Field<GitRepoVolumeSource> = object<
  GitRepoVolumeSource
>(
  "io.k8s.api.core.v1.GitRepoVolumeSource",
  () => ({
    repository: str,
    revision: optional(str),
    directory: optional(str),
  }),
);

/** GlusterfsVolumeSource. */
export interface GlusterfsVolumeSource {
  endpoints: string;
  path: string;
  readOnly?: boolean;
}

/** Schema of {@linkcode GlusterfsVolumeSource}. */
export const glusterfsVolumeSource: Field<GlusterfsVolumeSource> = object<
  GlusterfsVolumeSource
>(
  "io.k8s.api.core.v1.GlusterfsVolumeSource",
  () => ({
    endpoints: str,
    path: str,
    readOnly: optional(bool),
  }),
);

/** RBDVolumeSource. */
export interface RBDVolumeSource {
  monitors: string[];
  image: string;
  fsType?: string;
  pool?: string;
  user?: string;
  keyring?: string;
  secretRef?: LocalObjectReference;
  readOnly?: boolean;
}

/** Schema of {@linkcode RBDVolumeSource}. */
export const rbdVolumeSource: Field<RBDVolumeSource> = object<RBDVolumeSource>(
  "io.k8s.api.core.v1.RBDVolumeSource",
  () => ({
    monitors: list(str, { type: "atomic" }),
    image: str,
    fsType: optional(str),
    pool: defaulted(optional(str), "rbd"),
    user: defaulted(optional(str), "admin"),
    keyring: defaulted(optional(str), "/etc/ceph/keyring"),
    secretRef: pointer(localObjectReference),
    readOnly: optional(bool),
  }),
);

/** FlexVolumeSource. */
export interface FlexVolumeSource {
  driver: string;
  fsType?: string;
  secretRef?: LocalObjectReference;
  readOnly?: boolean;
  options?: Record<string, string>;
}

/** Schema of {@linkcode FlexVolumeSource}. */
export const flexVolumeSource: Field<FlexVolumeSource> = object<
  FlexVolumeSource
>(
  "io.k8s.api.core.v1.FlexVolumeSource",
  () => ({
    driver: str,
    fsType: optional(str),
    secretRef: pointer(localObjectReference),
    readOnly: optional(bool),
    options: optional(map(str)),
  }),
);

/** CinderVolumeSource. */
export interface CinderVolumeSource {
  volumeID: string;
  fsType?: string;
  readOnly?: boolean;
  secretRef?: LocalObjectReference;
}

/** Schema of {@linkcode CinderVolumeSource}. */
export const cinderVolumeSource: Field<CinderVolumeSource> = object<
  CinderVolumeSource
>(
  "io.k8s.api.core.v1.CinderVolumeSource",
  () => ({
    volumeID: str,
    fsType: optional(str),
    readOnly: optional(bool),
    secretRef: pointer(localObjectReference),
  }),
);

/** CephFSVolumeSource. */
export interface CephFSVolumeSource {
  monitors: string[];
  path?: string;
  user?: string;
  secretFile?: string;
  secretRef?: LocalObjectReference;
  readOnly?: boolean;
}

/** Schema of {@linkcode CephFSVolumeSource}. */
export const cephFSVolumeSource: Field<CephFSVolumeSource> = object<
  CephFSVolumeSource
>(
  "io.k8s.api.core.v1.CephFSVolumeSource",
  () => ({
    monitors: list(str, { type: "atomic" }),
    path: optional(str),
    user: optional(str),
    secretFile: optional(str),
    secretRef: pointer(localObjectReference),
    readOnly: optional(bool),
  }),
);

/** FlockerVolumeSource. */
export interface FlockerVolumeSource {
  datasetName?: string;
  datasetUUID?: string;
}

/** Schema of {@linkcode FlockerVolumeSource}. */
export const flockerVolumeSource: Field<FlockerVolumeSource> = object<
  FlockerVolumeSource
>(
  "io.k8s.api.core.v1.FlockerVolumeSource",
  () => ({
    datasetName: optional(str),
    datasetUUID: optional(str),
  }),
);

/** AzureFileVolumeSource. */
export interface AzureFileVolumeSource {
  secretName: string;
  shareName: string;
  readOnly?: boolean;
}

/** Schema of {@linkcode AzureFileVolumeSource}. */
export const azureFileVolumeSource: Field<AzureFileVolumeSource> = object<
  AzureFileVolumeSource
>(
  "io.k8s.api.core.v1.AzureFileVolumeSource",
  () => ({
    secretName: str,
    shareName: str,
    readOnly: optional(bool),
  }),
);

/** VsphereVirtualDiskVolumeSource. */
export interface VsphereVirtualDiskVolumeSource {
  volumePath: string;
  fsType?: string;
  storagePolicyName?: string;
  storagePolicyID?: string;
}

/** Schema of {@linkcode VsphereVirtualDiskVolumeSource}. */
export const vsphereVirtualDiskVolumeSource: Field<
  VsphereVirtualDiskVolumeSource
> = object<VsphereVirtualDiskVolumeSource>(
  "io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource",
  () => ({
    volumePath: str,
    fsType: optional(str),
    storagePolicyName: optional(str),
    storagePolicyID: optional(str),
  }),
);

/** QuobyteVolumeSource. */
export interface QuobyteVolumeSource {
  registry: string;
  volume: string;
  readOnly?: boolean;
  user?: string;
  group?: string;
  tenant?: string;
}

/** Schema of {@linkcode QuobyteVolumeSource}. */
export const quobyteVolumeSource: Field<QuobyteVolumeSource> = object<
  QuobyteVolumeSource
>(
  "io.k8s.api.core.v1.QuobyteVolumeSource",
  () => ({
    registry: str,
    volume: str,
    readOnly: optional(bool),
    user: optional(str),
    group: optional(str),
    tenant: optional(str),
  }),
);

/** AzureDiskVolumeSource. */
export interface AzureDiskVolumeSource {
  diskName: string;
  diskURI: string;
  cachingMode?: AzureDataDiskCachingMode;
  fsType?: string;
  readOnly?: boolean;
  kind?: AzureDataDiskKind;
}

/** Schema of {@linkcode AzureDiskVolumeSource}. */
export const azureDiskVolumeSource: Field<AzureDiskVolumeSource> = object<
  AzureDiskVolumeSource
>(
  "io.k8s.api.core.v1.AzureDiskVolumeSource",
  () => ({
    diskName: str,
    diskURI: str,
    cachingMode: pointer(
      named<AzureDataDiskCachingMode>("v1.AzureDataDiskCachingMode"),
    ),
    fsType: defaulted(pointer(str), "ext4"),
    readOnly: defaulted(pointer(bool), false),
    kind: pointer(named<AzureDataDiskKind>("v1.AzureDataDiskKind")),
  }),
);

/** PhotonPersistentDiskVolumeSource. */
export interface PhotonPersistentDiskVolumeSource {
  pdID: string;
  fsType?: string;
}

/** Schema of {@linkcode PhotonPersistentDiskVolumeSource}. */
export const photonPersistentDiskVolumeSource: Field<
  PhotonPersistentDiskVolumeSource
> = object<PhotonPersistentDiskVolumeSource>(
  "io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource",
  () => ({
    pdID: str,
    fsType: optional(str),
  }),
);

/** PortworxVolumeSource. */
export interface PortworxVolumeSource {
  volumeID: string;
  fsType?: string;
  readOnly?: boolean;
}

/** Schema of {@linkcode PortworxVolumeSource}. */
export const portworxVolumeSource: Field<PortworxVolumeSource> = object<
  PortworxVolumeSource
>(
  "io.k8s.api.core.v1.PortworxVolumeSource",
  () => ({
    volumeID: str,
    fsType: optional(str),
    readOnly: optional(bool),
  }),
);

/** ScaleIOVolumeSource. */
export interface ScaleIOVolumeSource {
  gateway: string;
  system: string;
  secretRef?: LocalObjectReference;
  sslEnabled?: boolean;
  protectionDomain?: string;
  storagePool?: string;
  storageMode?: string;
  volumeName?: string;
  fsType?: string;
  readOnly?: boolean;
}

/** Schema of {@linkcode ScaleIOVolumeSource}. */
export const scaleIOVolumeSource: Field<ScaleIOVolumeSource> = object<
  ScaleIOVolumeSource
>(
  "io.k8s.api.core.v1.ScaleIOVolumeSource",
  () => ({
    gateway: str,
    system: str,
    secretRef: needed(pointer(localObjectReference)),
    sslEnabled: optional(bool),
    protectionDomain: optional(str),
    storagePool: optional(str),
    storageMode: defaulted(optional(str), "ThinProvisioned"),
    volumeName: optional(str),
    fsType: defaulted(optional(str), "xfs"),
    readOnly: optional(bool),
  }),
);

/** StorageOSVolumeSource. */
export interface StorageOSVolumeSource {
  volumeName?: string;
  volumeNamespace?: string;
  fsType?: string;
  readOnly?: boolean;
  secretRef?: LocalObjectReference;
}

/** Schema of {@linkcode StorageOSVolumeSource}. */
export const storageOSVolumeSource: Field<StorageOSVolumeSource> = object<
  StorageOSVolumeSource
>(
  "io.k8s.api.core.v1.StorageOSVolumeSource",
  () => ({
    volumeName: optional(str),
    volumeNamespace: optional(str),
    fsType: optional(str),
    readOnly: optional(bool),
    secretRef: pointer(localObjectReference),
  }),
);

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
} from "../schema/words.ts";

/** How the host caches an Azure disk. */
export type AzureDataDiskCachingMode = "None" | "ReadOnly" | "ReadWrite";

/** How an Azure disk is kept. */
export type AzureDataDiskKind = "Shared" | "Dedicated" | "Managed";

/** A Google disk. */
export interface GCEPersistentDiskVolumeSource {
  /** Name of the disk. */
  pdName: string;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Number of the partition; 0 is the whole disk. */
  partition?: number;
  /** Whether it may not be written. */
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

/** An Amazon disk. */
export interface AWSElasticBlockStoreVolumeSource {
  /** Id of the disk. */
  volumeID: string;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Number of the partition; 0 is the whole disk. */
  partition?: number;
  /** Whether it may not be written. */
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

/** A clone of a Git repository. */
export interface GitRepoVolumeSource {
  /** Its URL. */
  repository: string;
  /** The commit. */
  revision?: string;
  /** The folder to clone into. */
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

/** A Gluster volume. */
export interface GlusterfsVolumeSource {
  /** Name of the Endpoints that describe the cluster. */
  endpoints: string;
  /** Name of the volume. */
  path: string;
  /** Whether it may not be written. */
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

/** A Ceph block device. */
export interface RBDVolumeSource {
  /** Addresses of the monitors. */
  monitors: string[];
  /** Name of the image. */
  image: string;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Its pool. Default: rbd. */
  pool?: string;
  /** The user. Default: admin. */
  user?: string;
  /** File with the user's key. Default: `/etc/ceph/keyring`. */
  keyring?: string;
  /** Secret with the credentials. */
  secretRef?: LocalObjectReference;
  /** Whether it may not be written. */
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

/** A volume of an exec-based driver. */
export interface FlexVolumeSource {
  /** The driver. */
  driver: string;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Secret with the credentials. */
  secretRef?: LocalObjectReference;
  /** Whether it may not be written. */
  readOnly?: boolean;
  /** What the driver is told. */
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

/** An OpenStack disk. */
export interface CinderVolumeSource {
  /** Id of the disk. */
  volumeID: string;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Whether it may not be written. */
  readOnly?: boolean;
  /** Secret with the credentials. */
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

/** A Ceph file system. */
export interface CephFSVolumeSource {
  /** Addresses of the monitors. */
  monitors: string[];
  /** The folder in it. Default: `/`. */
  path?: string;
  /** The user. Default: admin. */
  user?: string;
  /** File with the user's key. Default: `/etc/ceph/user.secret`. */
  secretFile?: string;
  /** Secret with the credentials. */
  secretRef?: LocalObjectReference;
  /** Whether it may not be written. */
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

/** A Flocker volume. */
export interface FlockerVolumeSource {
  /** Deprecated: its name. */
  datasetName?: string;
  /** Its id. */
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

/** An Azure file share. */
export interface AzureFileVolumeSource {
  /** Secret with account and key. */
  secretName: string;
  /** Name of the share. */
  shareName: string;
  /** Whether it may not be written. */
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

/** A vSphere disk. */
export interface VsphereVirtualDiskVolumeSource {
  /** Its path. */
  volumePath: string;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Name of its storage policy. */
  storagePolicyName?: string;
  /** Id of its storage policy. */
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

/** A Quobyte volume. */
export interface QuobyteVolumeSource {
  /** Addresses of the registries. */
  registry: string;
  /** Name of the volume. */
  volume: string;
  /** Whether it may not be written. */
  readOnly?: boolean;
  /** The user that it is mapped to. */
  user?: string;
  /** The group that it is mapped to. */
  group?: string;
  /** Its owner. */
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

/** An Azure disk. */
export interface AzureDiskVolumeSource {
  /** Name of the disk. */
  diskName: string;
  /** Its address. */
  diskURI: string;
  /** How the host caches it. Default: ReadWrite. */
  cachingMode?: AzureDataDiskCachingMode;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Whether it may not be written. */
  readOnly?: boolean;
  /** How it is kept. Default: Shared. */
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
    cachingMode: defaulted(
      pointer(named<AzureDataDiskCachingMode>("v1.AzureDataDiskCachingMode")),
      "ReadWrite",
    ),
    fsType: defaulted(pointer(str), "ext4"),
    readOnly: defaulted(pointer(bool), false),
    kind: defaulted(
      pointer(named<AzureDataDiskKind>("v1.AzureDataDiskKind")),
      "Shared",
    ),
  }),
);

/** A Photon disk. */
export interface PhotonPersistentDiskVolumeSource {
  /** Id of the disk. */
  pdID: string;
  /** File system. Default: ext4. */
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

/** A Portworx volume. */
export interface PortworxVolumeSource {
  /** Id of the volume. */
  volumeID: string;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Whether it may not be written. */
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

/** A ScaleIO volume. */
export interface ScaleIOVolumeSource {
  /** Address of the gateway. */
  gateway: string;
  /** Name of the system. */
  system: string;
  /** Secret with the credentials. */
  secretRef?: LocalObjectReference;
  /** Whether the gateway speaks TLS. */
  sslEnabled?: boolean;
  /** Name of the protection domain. */
  protectionDomain?: string;
  /** The pool. */
  storagePool?: string;
  /** Thick or thin. Default: ThinProvisioned. */
  storageMode?: string;
  /** Name of the volume. */
  volumeName?: string;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Whether it may not be written. */
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

/** A StorageOS volume. */
export interface StorageOSVolumeSource {
  /** Name of the volume. */
  volumeName?: string;
  /** Its namespace in StorageOS. */
  volumeNamespace?: string;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Whether it may not be written. */
  readOnly?: boolean;
  /** Secret with the credentials. */
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

import type { PullPolicy } from "./container.ts";
import {
  type LocalObjectReference,
  localObjectReference,
} from "./reference.ts";
import {
  type PersistentVolumeClaimTemplate,
  persistentVolumeClaimTemplate,
} from "./volume_claim_spec.ts";
import {
  type AWSElasticBlockStoreVolumeSource,
  awsElasticBlockStoreVolumeSource,
  type AzureDiskVolumeSource,
  azureDiskVolumeSource,
  type AzureFileVolumeSource,
  azureFileVolumeSource,
  type CephFSVolumeSource,
  cephFSVolumeSource,
  type CinderVolumeSource,
  cinderVolumeSource,
  type FlexVolumeSource,
  flexVolumeSource,
  type FlockerVolumeSource,
  flockerVolumeSource,
  type GCEPersistentDiskVolumeSource,
  gcePersistentDiskVolumeSource,
  type GitRepoVolumeSource,
  gitRepoVolumeSource,
  type GlusterfsVolumeSource,
  glusterfsVolumeSource,
  type PhotonPersistentDiskVolumeSource,
  photonPersistentDiskVolumeSource,
  type PortworxVolumeSource,
  portworxVolumeSource,
  type QuobyteVolumeSource,
  quobyteVolumeSource,
  type RBDVolumeSource,
  rbdVolumeSource,
  type ScaleIOVolumeSource,
  scaleIOVolumeSource,
  type StorageOSVolumeSource,
  storageOSVolumeSource,
  type VsphereVirtualDiskVolumeSource,
  vsphereVirtualDiskVolumeSource,
} from "./volume_legacy.ts";
import {
  type DownwardAPIVolumeFile,
  downwardAPIVolumeFile,
  type KeyToPath,
  keyToPath,
  type ProjectedVolumeSource,
  projectedVolumeSource,
} from "./volume_projection.ts";
import {
  bool,
  defaulted,
  type Field,
  type Fields,
  int32,
  list,
  map,
  named,
  object,
  optional,
  pointer,
  quantity,
  str,
} from "../schema/words.ts";

/** What must be at a path of the node, or is made there. */
export type HostPathType =
  | ""
  | "DirectoryOrCreate"
  | "Directory"
  | "FileOrCreate"
  | "File"
  | "Socket"
  | "CharDevice"
  | "BlockDevice";

/** A file or folder of the node. */
export interface HostPathVolumeSource {
  /** Its path. */
  path: string;
  /** What must be there. Default: nothing is checked. */
  type?: HostPathType;
}

/** Schema of {@linkcode HostPathVolumeSource}. */
export const hostPathVolumeSource: Field<HostPathVolumeSource> = object<
  HostPathVolumeSource
>(
  "io.k8s.api.core.v1.HostPathVolumeSource",
  () => ({
    path: str,
    type: pointer(named<HostPathType>("v1.HostPathType")),
  }),
);

/** A folder that lives as long as the Pod. */
export interface EmptyDirVolumeSource {
  /** `Memory` is a tmpfs. Default: the node's disk. */
  medium?: string;
  /** The most that it may hold. */
  sizeLimit?: string;
}

/** Schema of {@linkcode EmptyDirVolumeSource}. */
export const emptyDirVolumeSource: Field<EmptyDirVolumeSource> = object<
  EmptyDirVolumeSource
>(
  "io.k8s.api.core.v1.EmptyDirVolumeSource",
  () => ({
    medium: optional(named("v1.StorageMedium")),
    sizeLimit: pointer(quantity),
  }),
);

/** A Secret as files. */
export interface SecretVolumeSource {
  /** Name of the Secret. */
  secretName?: string;
  /** Only these entries. Default: all, named by their keys. */
  items?: KeyToPath[];
  /** Permissions of the files. Default: 0644. */
  defaultMode?: number;
  /** Whether it may be missing. */
  optional?: boolean;
}

/** Schema of {@linkcode SecretVolumeSource}. */
export const secretVolumeSource: Field<SecretVolumeSource> = object<
  SecretVolumeSource
>(
  "io.k8s.api.core.v1.SecretVolumeSource",
  () => ({
    secretName: optional(str),
    items: optional(list(keyToPath, { type: "atomic" })),
    defaultMode: pointer(int32),
    optional: pointer(bool),
  }),
);

/** A ConfigMap as files. */
export interface ConfigMapVolumeSource {
  /** Name of the ConfigMap. */
  name?: string;
  /** Only these entries. Default: all, named by their keys. */
  items?: KeyToPath[];
  /** Permissions of the files. Default: 0644. */
  defaultMode?: number;
  /** Whether it may be missing. */
  optional?: boolean;
}

/** Schema of {@linkcode ConfigMapVolumeSource}. */
export const configMapVolumeSource: Field<ConfigMapVolumeSource> = object<
  ConfigMapVolumeSource
>(
  "io.k8s.api.core.v1.ConfigMapVolumeSource",
  () => ({
    name: defaulted(optional(str), ""),
    items: optional(list(keyToPath, { type: "atomic" })),
    defaultMode: pointer(int32),
    optional: pointer(bool),
  }),
);

/** Fields of the Pod as files. */
export interface DownwardAPIVolumeSource {
  /** The files. */
  items?: DownwardAPIVolumeFile[];
  /** Permissions of the files. Default: 0644. */
  defaultMode?: number;
}

/** Schema of {@linkcode DownwardAPIVolumeSource}. */
export const downwardAPIVolumeSource: Field<DownwardAPIVolumeSource> = object<
  DownwardAPIVolumeSource
>(
  "io.k8s.api.core.v1.DownwardAPIVolumeSource",
  () => ({
    items: optional(list(downwardAPIVolumeFile, { type: "atomic" })),
    defaultMode: pointer(int32),
  }),
);

/** A folder of an NFS server. */
export interface NFSVolumeSource {
  /** The server. */
  server: string;
  /** The exported path. */
  path: string;
  /** Whether it may not be written. */
  readOnly?: boolean;
}

/** Schema of {@linkcode NFSVolumeSource}. */
export const nfsVolumeSource: Field<NFSVolumeSource> = object<NFSVolumeSource>(
  "io.k8s.api.core.v1.NFSVolumeSource",
  () => ({
    server: str,
    path: str,
    readOnly: optional(bool),
  }),
);

/** An iSCSI disk. */
export interface ISCSIVolumeSource {
  /** Address of the portal. */
  targetPortal: string;
  /** Qualified name of the target. */
  iqn: string;
  /** Number of the disk. */
  lun: number;
  /** Name of the interface. Default: default. */
  iscsiInterface?: string;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Whether it may not be written. */
  readOnly?: boolean;
  /** Further portals. */
  portals?: string[];
  /** Whether discovery uses CHAP. */
  chapAuthDiscovery?: boolean;
  /** Whether the session uses CHAP. */
  chapAuthSession?: boolean;
  /** Secret with the CHAP credentials. */
  secretRef?: LocalObjectReference;
  /** Name of our side. */
  initiatorName?: string;
}

/** Schema of {@linkcode ISCSIVolumeSource}. */
export const iscsiVolumeSource: Field<ISCSIVolumeSource> = object<
  ISCSIVolumeSource
>(
  "io.k8s.api.core.v1.ISCSIVolumeSource",
  () => ({
    targetPortal: str,
    iqn: str,
    lun: int32,
    iscsiInterface: defaulted(optional(str), "default"),
    fsType: optional(str),
    readOnly: optional(bool),
    portals: optional(list(str, { type: "atomic" })),
    chapAuthDiscovery: optional(bool),
    chapAuthSession: optional(bool),
    secretRef: pointer(localObjectReference),
    initiatorName: pointer(str),
  }),
);

/** A Fibre Channel disk. */
export interface FCVolumeSource {
  /** World-wide names of the target. */
  targetWWNs?: string[];
  /** Number of the disk. */
  lun?: number;
  /** File system. Default: ext4. */
  fsType?: string;
  /** Whether it may not be written. */
  readOnly?: boolean;
  /** World-wide ids of the disk. */
  wwids?: string[];
}

/** Schema of {@linkcode FCVolumeSource}. */
export const fcVolumeSource: Field<FCVolumeSource> = object<FCVolumeSource>(
  "io.k8s.api.core.v1.FCVolumeSource",
  () => ({
    targetWWNs: optional(list(str, { type: "atomic" })),
    lun: pointer(int32),
    fsType: optional(str),
    readOnly: optional(bool),
    wwids: optional(list(str, { type: "atomic" })),
  }),
);

/** The volume that a claim got. */
export interface PersistentVolumeClaimVolumeSource {
  /** Name of the claim. */
  claimName: string;
  /** Whether it may not be written. */
  readOnly?: boolean;
}

/** Schema of {@linkcode PersistentVolumeClaimVolumeSource}. */
export const persistentVolumeClaimVolumeSource: Field<
  PersistentVolumeClaimVolumeSource
> = object<PersistentVolumeClaimVolumeSource>(
  "io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource",
  () => ({
    claimName: str,
    readOnly: optional(bool),
  }),
);

/** A volume that a CSI driver makes for this Pod. */
export interface CSIVolumeSource {
  /** The driver. */
  driver: string;
  /** Whether it may not be written. */
  readOnly?: boolean;
  /** File system; the driver knows the default. */
  fsType?: string;
  /** What the driver is told. */
  volumeAttributes?: Record<string, string>;
  /** Secret for the driver. */
  nodePublishSecretRef?: LocalObjectReference;
}

/** Schema of {@linkcode CSIVolumeSource}. */
export const csiVolumeSource: Field<CSIVolumeSource> = object<CSIVolumeSource>(
  "io.k8s.api.core.v1.CSIVolumeSource",
  () => ({
    driver: str,
    readOnly: pointer(bool),
    fsType: pointer(str),
    volumeAttributes: optional(map(str)),
    nodePublishSecretRef: pointer(localObjectReference),
  }),
);

/** A claim that is made for this Pod and goes with it. */
export interface EphemeralVolumeSource {
  /** What the claim is made from. */
  volumeClaimTemplate?: PersistentVolumeClaimTemplate;
}

/** Schema of {@linkcode EphemeralVolumeSource}. */
export const ephemeralVolumeSource: Field<EphemeralVolumeSource> = object<
  EphemeralVolumeSource
>(
  "io.k8s.api.core.v1.EphemeralVolumeSource",
  () => ({
    volumeClaimTemplate: pointer(persistentVolumeClaimTemplate),
  }),
);

/** The content of an image, read-only. */
export interface ImageVolumeSource {
  /** The image. */
  reference?: string;
  /** When it is pulled. Default: Always for `latest`, else IfNotPresent. */
  pullPolicy?: PullPolicy;
}

/** Schema of {@linkcode ImageVolumeSource}. */
export const imageVolumeSource: Field<ImageVolumeSource> = object<
  ImageVolumeSource
>(
  "io.k8s.api.core.v1.ImageVolumeSource",
  () => ({
    reference: optional(str),
    pullPolicy: optional(named<PullPolicy>("v1.PullPolicy")),
  }),
);

/** Where a volume comes from; exactly one is set. */
export interface VolumeSource {
  /** A file or folder of the node. */
  hostPath?: HostPathVolumeSource;
  /** A folder that lives as long as the Pod. */
  emptyDir?: EmptyDirVolumeSource;
  /** Deprecated: a Google disk. */
  gcePersistentDisk?: GCEPersistentDiskVolumeSource;
  /** Deprecated: an Amazon disk. */
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource;
  /** Deprecated: a clone of a repository. */
  gitRepo?: GitRepoVolumeSource;
  /** A Secret as files. */
  secret?: SecretVolumeSource;
  /** A folder of an NFS server. */
  nfs?: NFSVolumeSource;
  /** An iSCSI disk. */
  iscsi?: ISCSIVolumeSource;
  /** Deprecated: a Gluster volume. */
  glusterfs?: GlusterfsVolumeSource;
  /** The volume of a claim. */
  persistentVolumeClaim?: PersistentVolumeClaimVolumeSource;
  /** Deprecated: a Ceph block device. */
  rbd?: RBDVolumeSource;
  /** Deprecated: a volume of an exec-based driver. */
  flexVolume?: FlexVolumeSource;
  /** Deprecated: an OpenStack disk. */
  cinder?: CinderVolumeSource;
  /** Deprecated: a Ceph file system. */
  cephfs?: CephFSVolumeSource;
  /** Deprecated: a Flocker volume. */
  flocker?: FlockerVolumeSource;
  /** Fields of the Pod as files. */
  downwardAPI?: DownwardAPIVolumeSource;
  /** A Fibre Channel disk. */
  fc?: FCVolumeSource;
  /** Deprecated: an Azure file share. */
  azureFile?: AzureFileVolumeSource;
  /** A ConfigMap as files. */
  configMap?: ConfigMapVolumeSource;
  /** Deprecated: a vSphere disk. */
  vsphereVolume?: VsphereVirtualDiskVolumeSource;
  /** Deprecated: a Quobyte volume. */
  quobyte?: QuobyteVolumeSource;
  /** Deprecated: an Azure disk. */
  azureDisk?: AzureDiskVolumeSource;
  /** Deprecated: a Photon disk. */
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource;
  /** Several sources in one folder. */
  projected?: ProjectedVolumeSource;
  /** Deprecated: a Portworx volume. */
  portworxVolume?: PortworxVolumeSource;
  /** Deprecated: a ScaleIO volume. */
  scaleIO?: ScaleIOVolumeSource;
  /** Deprecated: a StorageOS volume. */
  storageos?: StorageOSVolumeSource;
  /** A volume of a CSI driver. */
  csi?: CSIVolumeSource;
  /** A claim made for this Pod. */
  ephemeral?: EphemeralVolumeSource;
  /** The content of an image. */
  image?: ImageVolumeSource;
}

/** The fields of {@linkcode VolumeSource}, for types that contain it. */
export const volumeSourceFields = (): Fields<VolumeSource> => ({
  hostPath: pointer(hostPathVolumeSource),
  emptyDir: pointer(emptyDirVolumeSource),
  gcePersistentDisk: pointer(gcePersistentDiskVolumeSource),
  awsElasticBlockStore: pointer(awsElasticBlockStoreVolumeSource),
  gitRepo: pointer(gitRepoVolumeSource),
  secret: pointer(secretVolumeSource),
  nfs: pointer(nfsVolumeSource),
  iscsi: pointer(iscsiVolumeSource),
  glusterfs: pointer(glusterfsVolumeSource),
  persistentVolumeClaim: pointer(persistentVolumeClaimVolumeSource),
  rbd: pointer(rbdVolumeSource),
  flexVolume: pointer(flexVolumeSource),
  cinder: pointer(cinderVolumeSource),
  cephfs: pointer(cephFSVolumeSource),
  flocker: pointer(flockerVolumeSource),
  downwardAPI: pointer(downwardAPIVolumeSource),
  fc: pointer(fcVolumeSource),
  azureFile: pointer(azureFileVolumeSource),
  configMap: pointer(configMapVolumeSource),
  vsphereVolume: pointer(vsphereVirtualDiskVolumeSource),
  quobyte: pointer(quobyteVolumeSource),
  azureDisk: pointer(azureDiskVolumeSource),
  photonPersistentDisk: pointer(photonPersistentDiskVolumeSource),
  projected: pointer(projectedVolumeSource),
  portworxVolume: pointer(portworxVolumeSource),
  scaleIO: pointer(scaleIOVolumeSource),
  storageos: pointer(storageOSVolumeSource),
  csi: pointer(csiVolumeSource),
  ephemeral: pointer(ephemeralVolumeSource),
  image: pointer(imageVolumeSource),
});

/** Files that containers of a Pod share. */
export interface Volume extends VolumeSource {
  /** Name, a DNS label, unique in the Pod. */
  name: string;
}

/** Schema of {@linkcode Volume}. */
export const volume: Field<Volume> = object<Volume>(
  "io.k8s.api.core.v1.Volume",
  () => ({
    name: str,
    ...volumeSourceFields(),
  }),
);

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
} from "./schema/words.ts";

/** HostPathType. */
export type HostPathType =
  | ""
  | "DirectoryOrCreate"
  | "Directory"
  | "FileOrCreate"
  | "File"
  | "Socket"
  | "CharDevice"
  | "BlockDevice";

/** HostPathVolumeSource. */
export interface HostPathVolumeSource {
  path: string;
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

/** EmptyDirVolumeSource. */
export interface EmptyDirVolumeSource {
  medium?: string;
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

/** SecretVolumeSource. */
export interface SecretVolumeSource {
  secretName?: string;
  items?: KeyToPath[];
  defaultMode?: number;
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

/** ConfigMapVolumeSource. */
export interface ConfigMapVolumeSource {
  name?: string;
  items?: KeyToPath[];
  defaultMode?: number;
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

/** DownwardAPIVolumeSource. */
export interface DownwardAPIVolumeSource {
  items?: DownwardAPIVolumeFile[];
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

/** NFSVolumeSource. */
export interface NFSVolumeSource {
  server: string;
  path: string;
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

/** ISCSIVolumeSource. */
export interface ISCSIVolumeSource {
  targetPortal: string;
  iqn: string;
  lun: number;
  iscsiInterface?: string;
  fsType?: string;
  readOnly?: boolean;
  portals?: string[];
  chapAuthDiscovery?: boolean;
  chapAuthSession?: boolean;
  secretRef?: LocalObjectReference;
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

/** FCVolumeSource. */
export interface FCVolumeSource {
  targetWWNs?: string[];
  lun?: number;
  fsType?: string;
  readOnly?: boolean;
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

/** PersistentVolumeClaimVolumeSource. */
export interface PersistentVolumeClaimVolumeSource {
  claimName: string;
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

/** CSIVolumeSource. */
export interface CSIVolumeSource {
  driver: string;
  readOnly?: boolean;
  fsType?: string;
  volumeAttributes?: Record<string, string>;
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

/** EphemeralVolumeSource. */
export interface EphemeralVolumeSource {
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

/** ImageVolumeSource. */
export interface ImageVolumeSource {
  reference?: string;
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

/** VolumeSource. */
export interface VolumeSource {
  hostPath?: HostPathVolumeSource;
  emptyDir?: EmptyDirVolumeSource;
  gcePersistentDisk?: GCEPersistentDiskVolumeSource;
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource;
  gitRepo?: GitRepoVolumeSource;
  secret?: SecretVolumeSource;
  nfs?: NFSVolumeSource;
  iscsi?: ISCSIVolumeSource;
  glusterfs?: GlusterfsVolumeSource;
  persistentVolumeClaim?: PersistentVolumeClaimVolumeSource;
  rbd?: RBDVolumeSource;
  flexVolume?: FlexVolumeSource;
  cinder?: CinderVolumeSource;
  cephfs?: CephFSVolumeSource;
  flocker?: FlockerVolumeSource;
  downwardAPI?: DownwardAPIVolumeSource;
  fc?: FCVolumeSource;
  azureFile?: AzureFileVolumeSource;
  configMap?: ConfigMapVolumeSource;
  vsphereVolume?: VsphereVirtualDiskVolumeSource;
  quobyte?: QuobyteVolumeSource;
  azureDisk?: AzureDiskVolumeSource;
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource;
  projected?: ProjectedVolumeSource;
  portworxVolume?: PortworxVolumeSource;
  scaleIO?: ScaleIOVolumeSource;
  storageos?: StorageOSVolumeSource;
  csi?: CSIVolumeSource;
  ephemeral?: EphemeralVolumeSource;
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

/** Volume. */
export interface Volume extends VolumeSource {
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

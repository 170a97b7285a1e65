import { volumeColumns } from "../columns/volume.ts";
import { defaultPersistentVolume } from "../defaults/persistent_volume.ts";
import { defineKind } from "../define.ts";
import { formatTime } from "../time.ts";
import {
  validatePersistentVolume,
  validatePersistentVolumeUpdate,
} from "../validation/persistent_volume.ts";
import { warnOfPersistentVolume } from "../warnings/volume.ts";
import type { Kind } from "../kind.ts";
import { type NodeSelector, nodeSelector } from "./affinity.ts";
import {
  type AzureFilePersistentVolumeSource,
  azureFilePersistentVolumeSource,
  type CephFSPersistentVolumeSource,
  cephFSPersistentVolumeSource,
  type CinderPersistentVolumeSource,
  cinderPersistentVolumeSource,
  type CSIPersistentVolumeSource,
  csiPersistentVolumeSource,
  type FlexPersistentVolumeSource,
  flexPersistentVolumeSource,
  type GlusterfsPersistentVolumeSource,
  glusterfsPersistentVolumeSource,
  type ISCSIPersistentVolumeSource,
  iscsiPersistentVolumeSource,
  type LocalVolumeSource,
  localVolumeSource,
  type RBDPersistentVolumeSource,
  rbdPersistentVolumeSource,
  type ScaleIOPersistentVolumeSource,
  scaleIOPersistentVolumeSource,
  type StorageOSPersistentVolumeSource,
  storageOSPersistentVolumeSource,
} from "./persistent_volume_source.ts";
import { type ObjectReference, objectReference } from "./reference.ts";
import {
  type FCVolumeSource,
  fcVolumeSource,
  type HostPathVolumeSource,
  hostPathVolumeSource,
  type NFSVolumeSource,
  nfsVolumeSource,
} from "./volume.ts";
import {
  type PersistentVolumeAccessMode,
  type PersistentVolumeMode,
} from "./volume_claim_spec.ts";
import {
  type AWSElasticBlockStoreVolumeSource,
  awsElasticBlockStoreVolumeSource,
  type AzureDiskVolumeSource,
  azureDiskVolumeSource,
  type FlockerVolumeSource,
  flockerVolumeSource,
  type GCEPersistentDiskVolumeSource,
  gcePersistentDiskVolumeSource,
  type PhotonPersistentDiskVolumeSource,
  photonPersistentDiskVolumeSource,
  type PortworxVolumeSource,
  portworxVolumeSource,
  type QuobyteVolumeSource,
  quobyteVolumeSource,
  type VsphereVirtualDiskVolumeSource,
  vsphereVirtualDiskVolumeSource,
} from "./volume_legacy.ts";
import { type KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  granular,
  list,
  named,
  object,
  optional,
  pointer,
  type ResourceList,
  resourceList,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

/** From which nodes a volume can be reached. */
export interface VolumeNodeAffinity {
  /** What a node must be like. */
  required?: NodeSelector;
}

/** Schema of {@linkcode VolumeNodeAffinity}. */
export const volumeNodeAffinity: Field<VolumeNodeAffinity> = object<
  VolumeNodeAffinity
>(
  "io.k8s.api.core.v1.VolumeNodeAffinity",
  () => ({
    required: pointer(nodeSelector),
  }),
);

/** What a volume is, and for whom. */
export interface PersistentVolumeSpec {
  /** How large it is. */
  capacity?: ResourceList;
  /** A disk of Google Compute Engine. */
  gcePersistentDisk?: GCEPersistentDiskVolumeSource;
  /** A disk of AWS. */
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource;
  /** A folder of the node; for clusters of one node. */
  hostPath?: HostPathVolumeSource;
  /** A Glusterfs mount. */
  glusterfs?: GlusterfsPersistentVolumeSource;
  /** A folder of an NFS server. */
  nfs?: NFSVolumeSource;
  /** A Rados block device. */
  rbd?: RBDPersistentVolumeSource;
  /** A disk over iSCSI. */
  iscsi?: ISCSIPersistentVolumeSource;
  /** An OpenStack Cinder volume. */
  cinder?: CinderPersistentVolumeSource;
  /** A CephFS tree. */
  cephfs?: CephFSPersistentVolumeSource;
  /** A disk over Fibre Channel. */
  fc?: FCVolumeSource;
  /** A Flocker volume. */
  flocker?: FlockerVolumeSource;
  /** A volume of an executable driver on the node. */
  flexVolume?: FlexPersistentVolumeSource;
  /** A share of Azure Files. */
  azureFile?: AzureFilePersistentVolumeSource;
  /** A disk of vSphere. */
  vsphereVolume?: VsphereVirtualDiskVolumeSource;
  /** A Quobyte volume. */
  quobyte?: QuobyteVolumeSource;
  /** A disk of Azure. */
  azureDisk?: AzureDiskVolumeSource;
  /** A disk of Photon. */
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource;
  /** A Portworx volume. */
  portworxVolume?: PortworxVolumeSource;
  /** A ScaleIO volume. */
  scaleIO?: ScaleIOPersistentVolumeSource;
  /** A disk or folder of one node. */
  local?: LocalVolumeSource;
  /** A StorageOS volume. */
  storageos?: StorageOSPersistentVolumeSource;
  /** A volume of a CSI driver. */
  csi?: CSIPersistentVolumeSource;
  /** All ways in which it can be mounted. */
  accessModes?: PersistentVolumeAccessMode[];
  /** The claim that it is bound to, or kept for. */
  claimRef?: ObjectReference;
  /** What becomes of it when its claim goes: `Retain`, `Delete` or `Recycle` (deprecated). Default: Retain. */
  persistentVolumeReclaimPolicy?: string;
  /** The class that it is of; empty is none. */
  storageClassName?: string;
  /** Options for mounting; not checked. */
  mountOptions?: string[];
  /** `Filesystem` or `Block`. Default: Filesystem. */
  volumeMode?: PersistentVolumeMode;
  /** From which nodes it can be reached. */
  nodeAffinity?: VolumeNodeAffinity;
  /** The class of attributes that it has. */
  volumeAttributesClassName?: string;
}

/** Schema of {@linkcode PersistentVolumeSpec}. */
export const persistentVolumeSpec: Field<PersistentVolumeSpec> = object<
  PersistentVolumeSpec
>(
  "io.k8s.api.core.v1.PersistentVolumeSpec",
  () => ({
    capacity: optional(resourceList),
    gcePersistentDisk: pointer(gcePersistentDiskVolumeSource),
    awsElasticBlockStore: pointer(awsElasticBlockStoreVolumeSource),
    hostPath: pointer(hostPathVolumeSource),
    glusterfs: pointer(glusterfsPersistentVolumeSource),
    nfs: pointer(nfsVolumeSource),
    rbd: pointer(rbdPersistentVolumeSource),
    iscsi: pointer(iscsiPersistentVolumeSource),
    cinder: pointer(cinderPersistentVolumeSource),
    cephfs: pointer(cephFSPersistentVolumeSource),
    fc: pointer(fcVolumeSource),
    flocker: pointer(flockerVolumeSource),
    flexVolume: pointer(flexPersistentVolumeSource),
    azureFile: pointer(azureFilePersistentVolumeSource),
    vsphereVolume: pointer(vsphereVirtualDiskVolumeSource),
    quobyte: pointer(quobyteVolumeSource),
    azureDisk: pointer(azureDiskVolumeSource),
    photonPersistentDisk: pointer(photonPersistentDiskVolumeSource),
    portworxVolume: pointer(portworxVolumeSource),
    scaleIO: pointer(scaleIOPersistentVolumeSource),
    local: pointer(localVolumeSource),
    storageos: pointer(storageOSPersistentVolumeSource),
    csi: pointer(csiPersistentVolumeSource),
    accessModes: optional(
      list(named<PersistentVolumeAccessMode>("v1.PersistentVolumeAccessMode"), {
        type: "atomic",
      }),
    ),
    claimRef: granular(pointer(objectReference)),
    persistentVolumeReclaimPolicy: optional(
      named("v1.PersistentVolumeReclaimPolicy"),
    ),
    storageClassName: optional(str),
    mountOptions: optional(list(str, { type: "atomic" })),
    volumeMode: pointer(named<PersistentVolumeMode>("v1.PersistentVolumeMode")),
    nodeAffinity: pointer(volumeNodeAffinity),
    volumeAttributesClassName: pointer(str),
  }),
);

/** Where a volume is in its life. */
export interface PersistentVolumeStatus {
  /** `Pending`, `Available`, `Bound`, `Released` or `Failed`. */
  phase?: string;
  /** Why, for people. */
  message?: string;
  /** Why, in one word of CamelCase. */
  reason?: string;
  /** When the phase changed last. */
  lastPhaseTransitionTime?: string;
}

/** Schema of {@linkcode PersistentVolumeStatus}. */
export const persistentVolumeStatus: Field<PersistentVolumeStatus> = object<
  PersistentVolumeStatus
>(
  "io.k8s.api.core.v1.PersistentVolumeStatus",
  () => ({
    phase: optional(named("v1.PersistentVolumePhase")),
    message: optional(str),
    reason: optional(str),
    lastPhaseTransitionTime: pointer(time),
  }),
);

/** Storage that lives on its own, until a claim takes it and after. */
export interface PersistentVolume extends KubeObject {
  /** What it is, and for whom. */
  spec: PersistentVolumeSpec;
  /** Where it is in its life. */
  status?: PersistentVolumeStatus;
}

/** Schema of {@linkcode PersistentVolume}. */
export const persistentVolume: Field<PersistentVolume> = object<
  PersistentVolume
>(
  "io.k8s.api.core.v1.PersistentVolume",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: persistentVolumeSpec,
    status: persistentVolumeStatus,
  }),
);

/** Storage that claims can take. */
export const persistentVolumes: Kind<PersistentVolume> = defineKind({
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  namespaced: false,
  shortNames: ["pv"],
  subresources: ["status"],
  type: persistentVolume,
  setDefaults: defaultPersistentVolume,
  prepareForCreate(object, { now }) {
    object.status = {
      phase: "Pending",
      lastPhaseTransitionTime: formatTime(now),
    };
  },
  prepareForStatusUpdate(next, previous, { now }) {
    const status = next.status ??= {};
    const before = previous.status?.lastPhaseTransitionTime;
    if (status.phase === previous.status?.phase) {
      if (before !== undefined) status.lastPhaseTransitionTime ??= before;
    } else if (
      status.lastPhaseTransitionTime === undefined ||
      status.lastPhaseTransitionTime === before
    ) status.lastPhaseTransitionTime = formatTime(now);
  },
  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeUpdate,
  warnings: warnOfPersistentVolume,
  columns: volumeColumns,
});

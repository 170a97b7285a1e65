import {
  type ObjectReference,
  objectReference,
  type SecretReference,
  secretReference,
} from "./reference.ts";
import {
  bool,
  defaulted,
  type Field,
  int32,
  list,
  map,
  needed,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";

/** A share of Azure Files. */
export interface AzureFilePersistentVolumeSource {
  /** The Secret with account name and key. */
  secretName: string;
  /** Name of the share. */
  shareName: string;
  /** Whether it is mounted read-only. */
  readOnly?: boolean;
  /** Namespace of the Secret. Default: that of the claim. */
  secretNamespace?: string;
}

/** Schema of {@linkcode AzureFilePersistentVolumeSource}. */
export const azureFilePersistentVolumeSource: Field<
  AzureFilePersistentVolumeSource
> = object<AzureFilePersistentVolumeSource>(
  "io.k8s.api.core.v1.AzureFilePersistentVolumeSource",
  () => ({
    secretName: str,
    shareName: str,
    readOnly: optional(bool),
    secretNamespace: pointer(str),
  }),
);

/** A volume of a driver that speaks the Container Storage Interface. */
export interface CSIPersistentVolumeSource {
  /** Name of the driver. */
  driver: string;
  /** What the driver calls the volume. */
  volumeHandle: string;
  /** Whether it is attached read-only. */
  readOnly?: boolean;
  /** File system to mount. Default: ext4, if the driver leaves it open. */
  fsType?: string;
  /** What the driver said of the volume when it made it. */
  volumeAttributes?: Record<string, string>;
  /** Secret for attaching and detaching. */
  controllerPublishSecretRef?: SecretReference;
  /** Secret for staging on a node. */
  nodeStageSecretRef?: SecretReference;
  /** Secret for mounting on a node. */
  nodePublishSecretRef?: SecretReference;
  /** Secret for making it larger. */
  controllerExpandSecretRef?: SecretReference;
  /** Secret for making it larger on a node. */
  nodeExpandSecretRef?: SecretReference;
}

/** Schema of {@linkcode CSIPersistentVolumeSource}. */
export const csiPersistentVolumeSource: Field<CSIPersistentVolumeSource> =
  object<CSIPersistentVolumeSource>(
    "io.k8s.api.core.v1.CSIPersistentVolumeSource",
    () => ({
      driver: str,
      volumeHandle: str,
      readOnly: optional(bool),
      fsType: optional(str),
      volumeAttributes: optional(map(str)),
      controllerPublishSecretRef: pointer(secretReference),
      nodeStageSecretRef: pointer(secretReference),
      nodePublishSecretRef: pointer(secretReference),
      controllerExpandSecretRef: pointer(secretReference),
      nodeExpandSecretRef: pointer(secretReference),
    }),
  );

/** A CephFS tree. */
export interface CephFSPersistentVolumeSource {
  /** Addresses of Ceph's monitors. */
  monitors: string[];
  /** The folder to mount. Default: /. */
  path?: string;
  /** Ceph's user. Default: admin. */
  user?: string;
  /** File with the user's key ring. Default: /etc/ceph/user.secret. */
  secretFile?: string;
  /** Secret of the user, instead of the file. */
  secretRef?: SecretReference;
  /** Whether it is mounted read-only. */
  readOnly?: boolean;
}

/** Schema of {@linkcode CephFSPersistentVolumeSource}. */
export const cephFSPersistentVolumeSource: Field<CephFSPersistentVolumeSource> =
  object<CephFSPersistentVolumeSource>(
    "io.k8s.api.core.v1.CephFSPersistentVolumeSource",
    () => ({
      monitors: list(str, { type: "atomic" }),
      path: optional(str),
      user: optional(str),
      secretFile: optional(str),
      secretRef: pointer(secretReference),
      readOnly: optional(bool),
    }),
  );

/** An OpenStack Cinder volume. */
export interface CinderPersistentVolumeSource {
  /** Its id. */
  volumeID: string;
  /** File system to mount. Default: ext4. */
  fsType?: string;
  /** Whether it is mounted read-only. */
  readOnly?: boolean;
  /** Secret with parameters for OpenStack. */
  secretRef?: SecretReference;
}

/** Schema of {@linkcode CinderPersistentVolumeSource}. */
export const cinderPersistentVolumeSource: Field<CinderPersistentVolumeSource> =
  object<CinderPersistentVolumeSource>(
    "io.k8s.api.core.v1.CinderPersistentVolumeSource",
    () => ({
      volumeID: str,
      fsType: optional(str),
      readOnly: optional(bool),
      secretRef: pointer(secretReference),
    }),
  );

/** A volume of an executable driver on the node; superseded by CSI. */
export interface FlexPersistentVolumeSource {
  /** Name of the driver. */
  driver: string;
  /** File system to mount; the driver has a default. */
  fsType?: string;
  /** Secret that the driver is given. */
  secretRef?: SecretReference;
  /** Whether it is mounted read-only. */
  readOnly?: boolean;
  /** Further options for the driver. */
  options?: Record<string, string>;
}

/** Schema of {@linkcode FlexPersistentVolumeSource}. */
export const flexPersistentVolumeSource: Field<FlexPersistentVolumeSource> =
  object<FlexPersistentVolumeSource>(
    "io.k8s.api.core.v1.FlexPersistentVolumeSource",
    () => ({
      driver: str,
      fsType: optional(str),
      secretRef: pointer(secretReference),
      readOnly: optional(bool),
      options: optional(map(str)),
    }),
  );

/** A Glusterfs mount. */
export interface GlusterfsPersistentVolumeSource {
  /** Name of the Endpoints with the servers. */
  endpoints: string;
  /** Name of the volume. */
  path: string;
  /** Whether it is mounted read-only. */
  readOnly?: boolean;
  /** Namespace of the Endpoints. Default: that of the claim. */
  endpointsNamespace?: string;
}

/** Schema of {@linkcode GlusterfsPersistentVolumeSource}. */
export const glusterfsPersistentVolumeSource: Field<
  GlusterfsPersistentVolumeSource
> = object<GlusterfsPersistentVolumeSource>(
  "io.k8s.api.core.v1.GlusterfsPersistentVolumeSource",
  () => ({
    endpoints: str,
    path: str,
    readOnly: optional(bool),
    endpointsNamespace: pointer(str),
  }),
);

/** A disk over iSCSI. */
export interface ISCSIPersistentVolumeSource {
  /** Address of the target, with its port unless that is 860 or 3260. */
  targetPortal: string;
  /** Name of the target. */
  iqn: string;
  /** Number of the unit. */
  lun: number;
  /** Interface of the initiator. Default: default (tcp). */
  iscsiInterface?: string;
  /** File system to mount. Default: ext4. */
  fsType?: string;
  /** Whether it is mounted read-only. */
  readOnly?: boolean;
  /** Further addresses of the target. */
  portals?: string[];
  /** Whether discovery authenticates with CHAP. */
  chapAuthDiscovery?: boolean;
  /** Whether sessions authenticate with CHAP. */
  chapAuthSession?: boolean;
  /** Secret for CHAP. */
  secretRef?: SecretReference;
  /** Name of the initiator, if not the node's own. */
  initiatorName?: string;
}

/** Schema of {@linkcode ISCSIPersistentVolumeSource}. */
export const iscsiPersistentVolumeSource: Field<ISCSIPersistentVolumeSource> =
  object<ISCSIPersistentVolumeSource>(
    "io.k8s.api.core.v1.ISCSIPersistentVolumeSource",
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
      secretRef: pointer(secretReference),
      initiatorName: pointer(str),
    }),
  );

/** A disk or folder of one node. */
export interface LocalVolumeSource {
  /** Where it is on the node. */
  path: string;
  /** File system to mount when it is a block device. Default: found out. */
  fsType?: string;
}

/** Schema of {@linkcode LocalVolumeSource}. */
export const localVolumeSource: Field<LocalVolumeSource> = object<
  LocalVolumeSource
>(
  "io.k8s.api.core.v1.LocalVolumeSource",
  () => ({
    path: str,
    fsType: pointer(str),
  }),
);

/** A Rados block device. */
export interface RBDPersistentVolumeSource {
  /** Addresses of Ceph's monitors. */
  monitors: string[];
  /** Name of the image. */
  image: string;
  /** File system to mount. Default: ext4. */
  fsType?: string;
  /** Pool of the image. Default: rbd. */
  pool?: string;
  /** Ceph's user. Default: admin. */
  user?: string;
  /** File with the user's key ring. Default: /etc/ceph/keyring. */
  keyring?: string;
  /** Secret of the user, instead of the file. */
  secretRef?: SecretReference;
  /** Whether it is mounted read-only. */
  readOnly?: boolean;
}

/** Schema of {@linkcode RBDPersistentVolumeSource}. */
export const rbdPersistentVolumeSource: Field<RBDPersistentVolumeSource> =
  object<RBDPersistentVolumeSource>(
    "io.k8s.api.core.v1.RBDPersistentVolumeSource",
    () => ({
      monitors: list(str, { type: "atomic" }),
      image: str,
      fsType: optional(str),
      pool: defaulted(optional(str), "rbd"),
      user: defaulted(optional(str), "admin"),
      keyring: defaulted(optional(str), "/etc/ceph/keyring"),
      secretRef: pointer(secretReference),
      readOnly: optional(bool),
    }),
  );

/** A ScaleIO volume. */
export interface ScaleIOPersistentVolumeSource {
  /** Address of the gateway. */
  gateway: string;
  /** Name of the storage system. */
  system: string;
  /** Secret of the user. */
  secretRef: SecretReference;
  /** Whether the gateway is spoken to over TLS. */
  sslEnabled?: boolean;
  /** Name of the protection domain. */
  protectionDomain?: string;
  /** The pool in the domain. */
  storagePool?: string;
  /** `ThickProvisioned` or `ThinProvisioned`. Default: ThinProvisioned. */
  storageMode?: string;
  /** Name of the volume. */
  volumeName?: string;
  /** File system to mount. Default: xfs. */
  fsType?: string;
  /** Whether it is mounted read-only. */
  readOnly?: boolean;
}

/** Schema of {@linkcode ScaleIOPersistentVolumeSource}. */
export const scaleIOPersistentVolumeSource: Field<
  ScaleIOPersistentVolumeSource
> = object<ScaleIOPersistentVolumeSource>(
  "io.k8s.api.core.v1.ScaleIOPersistentVolumeSource",
  () => ({
    gateway: str,
    system: str,
    secretRef: needed(pointer(secretReference)),
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
export interface StorageOSPersistentVolumeSource {
  /** Its name. */
  volumeName?: string;
  /** Its namespace in StorageOS. Default: that of the Pod. */
  volumeNamespace?: string;
  /** File system to mount. Default: ext4. */
  fsType?: string;
  /** Whether it is mounted read-only. */
  readOnly?: boolean;
  /** Secret with credentials. */
  secretRef?: ObjectReference;
}

/** Schema of {@linkcode StorageOSPersistentVolumeSource}. */
export const storageOSPersistentVolumeSource: Field<
  StorageOSPersistentVolumeSource
> = object<StorageOSPersistentVolumeSource>(
  "io.k8s.api.core.v1.StorageOSPersistentVolumeSource",
  () => ({
    volumeName: optional(str),
    volumeNamespace: optional(str),
    fsType: optional(str),
    readOnly: optional(bool),
    secretRef: pointer(objectReference),
  }),
);

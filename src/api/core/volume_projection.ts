import {
  type ObjectFieldSelector,
  objectFieldSelector,
  type ResourceFieldSelector,
  resourceFieldSelector,
} from "./env.ts";
import { type LabelSelector, labelSelector } from "../meta.ts";
import {
  bool,
  defaulted,
  type Field,
  int32,
  int64,
  list,
  map,
  needed,
  notNeeded,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";

/** An entry as a file. */
export interface KeyToPath {
  /** Key of the entry. */
  key: string;
  /** The file's path in the volume. */
  path: string;
  /** Its permissions. Default: those of the volume. */
  mode?: number;
}

/** Schema of {@linkcode KeyToPath}. */
export const keyToPath: Field<KeyToPath> = object<KeyToPath>(
  "io.k8s.api.core.v1.KeyToPath",
  () => ({
    key: str,
    path: str,
    mode: pointer(int32),
  }),
);

/** Entries of a Secret as files. */
export interface SecretProjection {
  /** Name of the Secret. */
  name?: string;
  /** Only these entries. Default: all, named by their keys. */
  items?: KeyToPath[];
  /** Whether it may be missing. */
  optional?: boolean;
}

/** Schema of {@linkcode SecretProjection}. */
export const secretProjection: Field<SecretProjection> = object<
  SecretProjection
>(
  "io.k8s.api.core.v1.SecretProjection",
  () => ({
    name: defaulted(optional(str), ""),
    items: optional(list(keyToPath, { type: "atomic" })),
    optional: pointer(bool),
  }),
);

/** Entries of a ConfigMap as files. */
export interface ConfigMapProjection {
  /** Name of the ConfigMap. */
  name?: string;
  /** Only these entries. Default: all, named by their keys. */
  items?: KeyToPath[];
  /** Whether it may be missing. */
  optional?: boolean;
}

/** Schema of {@linkcode ConfigMapProjection}. */
export const configMapProjection: Field<ConfigMapProjection> = object<
  ConfigMapProjection
>(
  "io.k8s.api.core.v1.ConfigMapProjection",
  () => ({
    name: defaulted(optional(str), ""),
    items: optional(list(keyToPath, { type: "atomic" })),
    optional: pointer(bool),
  }),
);

/** A file that shows a field of the Pod. */
export interface DownwardAPIVolumeFile {
  /** The file's path in the volume. */
  path: string;
  /** The field. */
  fieldRef?: ObjectFieldSelector;
  /** A resource of a container instead. */
  resourceFieldRef?: ResourceFieldSelector;
  /** Its permissions. Default: those of the volume. */
  mode?: number;
}

/** Schema of {@linkcode DownwardAPIVolumeFile}. */
export const downwardAPIVolumeFile: Field<DownwardAPIVolumeFile> = object<
  DownwardAPIVolumeFile
>(
  "io.k8s.api.core.v1.DownwardAPIVolumeFile",
  () => ({
    path: str,
    fieldRef: pointer(objectFieldSelector),
    resourceFieldRef: pointer(resourceFieldSelector),
    mode: pointer(int32),
  }),
);

/** Fields of the Pod as files. */
export interface DownwardAPIProjection {
  /** The files. */
  items?: DownwardAPIVolumeFile[];
}

/** Schema of {@linkcode DownwardAPIProjection}. */
export const downwardAPIProjection: Field<DownwardAPIProjection> = object<
  DownwardAPIProjection
>(
  "io.k8s.api.core.v1.DownwardAPIProjection",
  () => ({
    items: optional(list(downwardAPIVolumeFile, { type: "atomic" })),
  }),
);

/** A token of the Pod's ServiceAccount as a file. */
export interface ServiceAccountTokenProjection {
  /** Who the token is for. Default: the API server. */
  audience?: string;
  /** How long it lasts; it is renewed in time. Default: 3600, at least 600. */
  expirationSeconds?: number;
  /** The file's path in the volume. */
  path: string;
}

/** Schema of {@linkcode ServiceAccountTokenProjection}. */
export const serviceAccountTokenProjection: Field<
  ServiceAccountTokenProjection
> = object<ServiceAccountTokenProjection>(
  "io.k8s.api.core.v1.ServiceAccountTokenProjection",
  () => ({
    audience: optional(str),
    expirationSeconds: pointer(int64),
    path: str,
  }),
);

/** Trusted certificates as a file. */
export interface ClusterTrustBundleProjection {
  /** One bundle by name. */
  name?: string;
  /** All bundles of a signer instead. */
  signerName?: string;
  /** Only bundles of the signer with these labels. */
  labelSelector?: LabelSelector;
  /** Whether they may be missing. */
  optional?: boolean;
  /** The file's path in the volume. */
  path: string;
}

/** Schema of {@linkcode ClusterTrustBundleProjection}. */
export const clusterTrustBundleProjection: Field<ClusterTrustBundleProjection> =
  object<ClusterTrustBundleProjection>(
    "io.k8s.api.core.v1.ClusterTrustBundleProjection",
    () => ({
      name: pointer(str),
      signerName: pointer(str),
      labelSelector: pointer(labelSelector),
      optional: pointer(bool),
      path: str,
    }),
  );

/** A key and certificate made for the Pod, as files. */
export interface PodCertificateProjection {
  /** Who signs. */
  signerName?: string;
  /** What kind of key. */
  keyType?: string;
  /** How long the certificate may last. */
  maxExpirationSeconds?: number;
  /** File with key and certificates together. */
  credentialBundlePath?: string;
  /** File with the key. */
  keyPath?: string;
  /** File with the certificates. */
  certificateChainPath?: string;
  /** Notes for the signer. */
  userAnnotations?: Record<string, string>;
}

/** Schema of {@linkcode PodCertificateProjection}. */
export const podCertificateProjection: Field<PodCertificateProjection> = object<
  PodCertificateProjection
>(
  "io.k8s.api.core.v1.PodCertificateProjection",
  () => ({
    signerName: needed(optional(str)),
    keyType: needed(optional(str)),
    maxExpirationSeconds: pointer(int32),
    credentialBundlePath: optional(str),
    keyPath: optional(str),
    certificateChainPath: optional(str),
    userAnnotations: optional(map(str)),
  }),
);

/** One source of a projected volume; exactly one is set. */
export interface VolumeProjection {
  /** A Secret. */
  secret?: SecretProjection;
  /** Fields of the Pod. */
  downwardAPI?: DownwardAPIProjection;
  /** A ConfigMap. */
  configMap?: ConfigMapProjection;
  /** A token of the ServiceAccount. */
  serviceAccountToken?: ServiceAccountTokenProjection;
  /** Trusted certificates. */
  clusterTrustBundle?: ClusterTrustBundleProjection;
  /** A key and certificate of the Pod. */
  podCertificate?: PodCertificateProjection;
}

/** Schema of {@linkcode VolumeProjection}. */
export const volumeProjection: Field<VolumeProjection> = object<
  VolumeProjection
>(
  "io.k8s.api.core.v1.VolumeProjection",
  () => ({
    secret: pointer(secretProjection),
    downwardAPI: pointer(downwardAPIProjection),
    configMap: pointer(configMapProjection),
    serviceAccountToken: pointer(serviceAccountTokenProjection),
    clusterTrustBundle: pointer(clusterTrustBundleProjection),
    podCertificate: pointer(podCertificateProjection),
  }),
);

/** Several sources in one folder. */
export interface ProjectedVolumeSource {
  /** The sources. */
  sources: VolumeProjection[];
  /** Permissions of the files. Default: 0644. */
  defaultMode?: number;
}

/** Schema of {@linkcode ProjectedVolumeSource}. */
export const projectedVolumeSource: Field<ProjectedVolumeSource> = object<
  ProjectedVolumeSource
>(
  "io.k8s.api.core.v1.ProjectedVolumeSource",
  () => ({
    sources: notNeeded(list(volumeProjection, { type: "atomic" })),
    defaultMode: pointer(int32),
  }),
);

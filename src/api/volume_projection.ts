import {
  type ObjectFieldSelector,
  objectFieldSelector,
  type ResourceFieldSelector,
  resourceFieldSelector,
} from "./env.ts";
import { type LabelSelector, labelSelector } from "./meta.ts";
import {
  bool,
  defaulted,
  type Field,
  int32,
  int64,
  list,
  map,
  needed,
  object,
  optional,
  pointer,
  str,
} from "./schema/words.ts";

/** KeyToPath. */
export interface KeyToPath {
  key: string;
  path: string;
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

/** SecretProjection. */
export interface SecretProjection {
  name?: string;
  items?: KeyToPath[];
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

/** ConfigMapProjection. */
export interface ConfigMapProjection {
  name?: string;
  items?: KeyToPath[];
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

/** DownwardAPIVolumeFile. */
export interface DownwardAPIVolumeFile {
  path: string;
  fieldRef?: ObjectFieldSelector;
  resourceFieldRef?: ResourceFieldSelector;
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

/** DownwardAPIProjection. */
export interface DownwardAPIProjection {
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

/** ServiceAccountTokenProjection. */
export interface ServiceAccountTokenProjection {
  audience?: string;
  expirationSeconds?: number;
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

/** ClusterTrustBundleProjection. */
export interface ClusterTrustBundleProjection {
  name?: string;
  signerName?: string;
  labelSelector?: LabelSelector;
  optional?: boolean;
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

/** PodCertificateProjection. */
export interface PodCertificateProjection {
  signerName?: string;
  keyType?: string;
  maxExpirationSeconds?: number;
  credentialBundlePath?: string;
  keyPath?: string;
  certificateChainPath?: string;
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

/** VolumeProjection. */
export interface VolumeProjection {
  secret?: SecretProjection;
  downwardAPI?: DownwardAPIProjection;
  configMap?: ConfigMapProjection;
  serviceAccountToken?: ServiceAccountTokenProjection;
  clusterTrustBundle?: ClusterTrustBundleProjection;
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

/** ProjectedVolumeSource. */
export interface ProjectedVolumeSource {
  sources: VolumeProjection[];
  defaultMode?: number;
}

/** Schema of {@linkcode ProjectedVolumeSource}. */
export const projectedVolumeSource: Field<ProjectedVolumeSource> = object<
  ProjectedVolumeSource
>(
  "io.k8s.api.core.v1.ProjectedVolumeSource",
  () => ({
    sources: list(volumeProjection, { type: "atomic" }),
    defaultMode: pointer(int32),
  }),
);

import {
  bool,
  defaulted,
  type Field,
  object,
  optional,
  pointer,
  quantity,
  str,
} from "./schema/words.ts";

/** ObjectFieldSelector. */
export interface ObjectFieldSelector {
  apiVersion?: string;
  fieldPath: string;
}

/** Schema of {@linkcode ObjectFieldSelector}. */
export const objectFieldSelector: Field<ObjectFieldSelector> = object<
  ObjectFieldSelector
>(
  "io.k8s.api.core.v1.ObjectFieldSelector",
  () => ({
    apiVersion: optional(str),
    fieldPath: str,
  }),
  { atomic: true },
);

/** ResourceFieldSelector. */
export interface ResourceFieldSelector {
  containerName?: string;
  resource: string;
  divisor?: string;
}

/** Schema of {@linkcode ResourceFieldSelector}. */
export const resourceFieldSelector: Field<ResourceFieldSelector> = object<
  ResourceFieldSelector
>(
  "io.k8s.api.core.v1.ResourceFieldSelector",
  () => ({
    containerName: optional(str),
    resource: str,
    divisor: optional(quantity),
  }),
  { atomic: true },
);

/** ConfigMapKeySelector. */
export interface ConfigMapKeySelector {
  name?: string;
  key: string;
  optional?: boolean;
}

/** Schema of {@linkcode ConfigMapKeySelector}. */
export const configMapKeySelector: Field<ConfigMapKeySelector> = object<
  ConfigMapKeySelector
>(
  "io.k8s.api.core.v1.ConfigMapKeySelector",
  () => ({
    name: defaulted(optional(str), ""),
    key: str,
    optional: pointer(bool),
  }),
  { atomic: true },
);

/** SecretKeySelector. */
export interface SecretKeySelector {
  name?: string;
  key: string;
  optional?: boolean;
}

/** Schema of {@linkcode SecretKeySelector}. */
export const secretKeySelector: Field<SecretKeySelector> = object<
  SecretKeySelector
>(
  "io.k8s.api.core.v1.SecretKeySelector",
  () => ({
    name: defaulted(optional(str), ""),
    key: str,
    optional: pointer(bool),
  }),
  { atomic: true },
);

/** FileKeySelector. */
export interface FileKeySelector {
  volumeName: string;
  path: string;
  key: string;
  optional?: boolean;
}

/** Schema of {@linkcode FileKeySelector}. */
export const fileKeySelector: Field<FileKeySelector> = object<FileKeySelector>(
  "io.k8s.api.core.v1.FileKeySelector",
  () => ({
    volumeName: str,
    path: str,
    key: str,
    optional: pointer(bool),
  }),
  { atomic: true },
);

/** EnvVarSource. */
export interface EnvVarSource {
  fieldRef?: ObjectFieldSelector;
  resourceFieldRef?: ResourceFieldSelector;
  configMapKeyRef?: ConfigMapKeySelector;
  secretKeyRef?: SecretKeySelector;
  fileKeyRef?: FileKeySelector;
}

/** Schema of {@linkcode EnvVarSource}. */
export const envVarSource: Field<EnvVarSource> = object<EnvVarSource>(
  "io.k8s.api.core.v1.EnvVarSource",
  () => ({
    fieldRef: pointer(objectFieldSelector),
    resourceFieldRef: pointer(resourceFieldSelector),
    configMapKeyRef: pointer(configMapKeySelector),
    secretKeyRef: pointer(secretKeySelector),
    fileKeyRef: pointer(fileKeySelector),
  }),
);

/** EnvVar. */
export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: EnvVarSource;
}

/** Schema of {@linkcode EnvVar}. */
export const envVar: Field<EnvVar> = object<EnvVar>(
  "io.k8s.api.core.v1.EnvVar",
  () => ({
    name: str,
    value: optional(str),
    valueFrom: pointer(envVarSource),
  }),
);

/** ConfigMapEnvSource. */
export interface ConfigMapEnvSource {
  name?: string;
  optional?: boolean;
}

/** Schema of {@linkcode ConfigMapEnvSource}. */
export const configMapEnvSource: Field<ConfigMapEnvSource> = object<
  ConfigMapEnvSource
>(
  "io.k8s.api.core.v1.ConfigMapEnvSource",
  () => ({
    name: defaulted(optional(str), ""),
    optional: pointer(bool),
  }),
);

/** SecretEnvSource. */
export interface SecretEnvSource {
  name?: string;
  optional?: boolean;
}

/** Schema of {@linkcode SecretEnvSource}. */
export const secretEnvSource: Field<SecretEnvSource> = object<SecretEnvSource>(
  "io.k8s.api.core.v1.SecretEnvSource",
  () => ({
    name: defaulted(optional(str), ""),
    optional: pointer(bool),
  }),
);

/** EnvFromSource. */
export interface EnvFromSource {
  prefix?: string;
  configMapRef?: ConfigMapEnvSource;
  secretRef?: SecretEnvSource;
}

/** Schema of {@linkcode EnvFromSource}. */
export const envFromSource: Field<EnvFromSource> = object<EnvFromSource>(
  "io.k8s.api.core.v1.EnvFromSource",
  () => ({
    prefix: optional(str),
    configMapRef: pointer(configMapEnvSource),
    secretRef: pointer(secretEnvSource),
  }),
);

import {
  bool,
  defaulted,
  type Field,
  object,
  optional,
  pointer,
  quantity,
  str,
} from "../schema/words.ts";

/** A field of the Pod itself. */
export interface ObjectFieldSelector {
  /** The version that the path is of. Default: v1. */
  apiVersion?: string;
  /** The path, for example `metadata.name` or `metadata.labels['app']`. */
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

/** An amount that a container requests or is limited to. */
export interface ResourceFieldSelector {
  /** The container; needed in volumes. */
  containerName?: string;
  /** Which amount, for example `limits.memory`. */
  resource: string;
  /** The unit of the answer. Default: 1. */
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

/** One entry of a ConfigMap. */
export interface ConfigMapKeySelector {
  /** Name of the ConfigMap. */
  name?: string;
  /** Key of the entry. */
  key: string;
  /** Whether it may be missing. */
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

/** One entry of a Secret. */
export interface SecretKeySelector {
  /** Name of the Secret. */
  name?: string;
  /** Key of the entry. */
  key: string;
  /** Whether it may be missing. */
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

/** One entry of a file of variables that a container wrote into a volume. */
export interface FileKeySelector {
  /** The volume, an emptyDir. */
  volumeName: string;
  /** The file in the volume. */
  path: string;
  /** The variable in the file. */
  key: string;
  /** Whether it may be missing. */
  optional?: boolean;
}

/** Schema of {@linkcode FileKeySelector}. */
export const fileKeySelector: Field<FileKeySelector> = object<FileKeySelector>(
  "io.k8s.api.core.v1.FileKeySelector",
  () => ({
    volumeName: str,
    path: str,
    key: str,
    optional: defaulted(pointer(bool), false),
  }),
  { atomic: true },
);

/** Where the value of a variable comes from; exactly one is set. */
export interface EnvVarSource {
  /** A field of the Pod. */
  fieldRef?: ObjectFieldSelector;
  /** A resource of a container. */
  resourceFieldRef?: ResourceFieldSelector;
  /** An entry of a ConfigMap. */
  configMapKeyRef?: ConfigMapKeySelector;
  /** An entry of a Secret. */
  secretKeyRef?: SecretKeySelector;
  /** An entry of a file. */
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

/** One environment variable. */
export interface EnvVar {
  /** Its name. */
  name: string;
  /** Its value; `$(NAME)` refers to earlier variables, `$$` is a dollar sign. */
  value?: string;
  /** Where the value comes from instead. */
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

/** All entries of a ConfigMap as variables. */
export interface ConfigMapEnvSource {
  /** Name of the ConfigMap. */
  name?: string;
  /** Whether it may be missing. */
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

/** All entries of a Secret as variables. */
export interface SecretEnvSource {
  /** Name of the Secret. */
  name?: string;
  /** Whether it may be missing. */
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

/** Many environment variables at once. */
export interface EnvFromSource {
  /** Put before each key. */
  prefix?: string;
  /** The ConfigMap. */
  configMapRef?: ConfigMapEnvSource;
  /** The Secret. */
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

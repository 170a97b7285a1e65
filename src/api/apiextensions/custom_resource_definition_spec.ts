/**
 * What a CustomResourceDefinition says.
 *
 * @module
 */
import {
  anyObject,
  bool,
  bytes,
  type Field,
  int32,
  list,
  named,
  notNeeded,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";
import { type JSONSchemaProps, jsonSchemaProps } from "./json_schema.ts";

/** Names of a kind. */
export interface CustomResourceDefinitionNames {
  /** Name in paths: lower case, as in `/apis/GROUP/VERSION/PLURAL`. */
  plural: string;
  /** Name of one on the command line. Default: the kind in lower case. */
  singular?: string;
  /** Short names on the command line. */
  shortNames?: string[];
  /** The kind, in camel case. */
  kind: string;
  /** The kind of lists. Default: the kind and `List`. */
  listKind?: string;
  /** Groups of kinds that it belongs to, for example `all`. */
  categories?: string[];
}

/** Schema of {@linkcode CustomResourceDefinitionNames}. */
export const customResourceDefinitionNames: Field<
  CustomResourceDefinitionNames
> = object<CustomResourceDefinitionNames>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames",
  () => ({
    plural: str,
    singular: optional(str),
    shortNames: optional(list(str, { type: "atomic" })),
    kind: str,
    listKind: optional(str),
    categories: optional(list(str, { type: "atomic" })),
  }),
);

/** The schema of a version. */
export interface CustomResourceValidation {
  /** A structural schema. */
  openAPIV3Schema?: JSONSchemaProps;
}

/** Schema of {@linkcode CustomResourceValidation}. */
export const customResourceValidation: Field<CustomResourceValidation> = object<
  CustomResourceValidation
>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceValidation",
  () => ({ openAPIV3Schema: optional(jsonSchemaProps) }),
);

/** Where the scale of an object lies. */
export interface CustomResourceSubresourceScale {
  /** Path below `.spec` of the wished number. */
  specReplicasPath: string;
  /** Path below `.status` of the number that there is. */
  statusReplicasPath: string;
  /** Path below `.spec` or `.status` of the label selector as a string. */
  labelSelectorPath?: string;
}

/** Schema of {@linkcode CustomResourceSubresourceScale}. */
export const customResourceSubresourceScale: Field<
  CustomResourceSubresourceScale
> = object<CustomResourceSubresourceScale>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceScale",
  () => ({
    specReplicasPath: str,
    statusReplicasPath: str,
    labelSelectorPath: pointer(str),
  }),
);

/** The subresources of a version. */
export interface CustomResourceSubresources {
  /** `{}` serves the status apart from the rest. */
  status?: Record<string, unknown>;
  /** Serves the scale. */
  scale?: CustomResourceSubresourceScale;
}

/** Schema of {@linkcode CustomResourceSubresources}. */
export const customResourceSubresources: Field<CustomResourceSubresources> =
  object<CustomResourceSubresources>(
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresources",
    () => ({
      status: pointer(anyObject),
      scale: optional(customResourceSubresourceScale),
    }),
  );

/** A column of `kubectl get`. */
export interface CustomResourceColumnDefinition {
  /** Its title. */
  name: string;
  /** `string`, `integer`, `number`, `boolean` or `date`. */
  type: string;
  /** Form of the values, for example `int32`. */
  format?: string;
  /** What it shows. */
  description?: string;
  /** 0 is always shown, more with `-o wide`. */
  priority?: number;
  /** JSON path of the value. */
  jsonPath: string;
}

/** Schema of {@linkcode CustomResourceColumnDefinition}. */
export const customResourceColumnDefinition: Field<
  CustomResourceColumnDefinition
> = object<CustomResourceColumnDefinition>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceColumnDefinition",
  () => ({
    name: str,
    type: str,
    format: optional(str),
    description: optional(str),
    priority: optional(int32),
    jsonPath: str,
  }),
);

/** A field that field selectors may name. */
export interface SelectableField {
  /** Its path, for example `.spec.color`. */
  jsonPath: string;
}

/** Schema of {@linkcode SelectableField}. */
export const selectableField: Field<SelectableField> = object<SelectableField>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.SelectableField",
  () => ({ jsonPath: str }),
);

/** A version of the kind. */
export interface CustomResourceDefinitionVersion {
  /** For example `v1` or `v2beta1`. */
  name: string;
  /** Whether clients can use it. */
  served: boolean;
  /** Whether objects are stored in it; so in exactly one. */
  storage: boolean;
  /** Whether its use is warned of. */
  deprecated?: boolean;
  /** The warning, when it is not the usual one. */
  deprecationWarning?: string;
  /** What objects look like. */
  schema?: CustomResourceValidation;
  /** Status and scale. */
  subresources?: CustomResourceSubresources;
  /** What `kubectl get` shows beside the name. Default: the age. */
  additionalPrinterColumns?: CustomResourceColumnDefinition[];
  /** What field selectors may name; at most eight. */
  selectableFields?: SelectableField[];
}

/** Schema of {@linkcode CustomResourceDefinitionVersion}. */
export const customResourceDefinitionVersion: Field<
  CustomResourceDefinitionVersion
> = object<CustomResourceDefinitionVersion>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion",
  () => ({
    name: str,
    served: bool,
    storage: bool,
    deprecated: optional(bool),
    deprecationWarning: pointer(str),
    schema: optional(customResourceValidation),
    subresources: optional(customResourceSubresources),
    additionalPrinterColumns: optional(
      list(customResourceColumnDefinition, { type: "atomic" }),
    ),
    selectableFields: optional(list(selectableField, { type: "atomic" })),
  }),
);

/** A service that is called. */
export interface ServiceReference {
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** Path of the URL. */
  path?: string;
  /** Its port. Default: 443. */
  port?: number;
}

/** Schema of {@linkcode ServiceReference}. */
export const serviceReference: Field<ServiceReference> = object<
  ServiceReference
>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference",
  () => ({
    namespace: str,
    name: str,
    path: pointer(str),
    port: pointer(int32),
  }),
);

/** How a webhook is reached: by URL or as a service. */
export interface WebhookClientConfig {
  /** An `https` URL without user, query and fragment. */
  url?: string;
  /** A service of the cluster. */
  service?: ServiceReference;
  /** PEM of the authorities that sign its certificate. Default: those of the server's machine. */
  caBundle?: string;
}

/** Schema of {@linkcode WebhookClientConfig}. */
export const webhookClientConfig: Field<WebhookClientConfig> = object<
  WebhookClientConfig
>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig",
  () => ({
    url: pointer(str),
    service: optional(serviceReference),
    caBundle: optional(bytes),
  }),
);

/** A webhook that converts objects. */
export interface WebhookConversion {
  /** How it is reached. */
  clientConfig?: WebhookClientConfig;
  /** Versions of ConversionReview that it understands, the best first. */
  conversionReviewVersions: string[];
}

/** Schema of {@linkcode WebhookConversion}. */
export const webhookConversion: Field<WebhookConversion> = object<
  WebhookConversion
>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookConversion",
  () => ({
    clientConfig: optional(webhookClientConfig),
    conversionReviewVersions: list(str, { type: "atomic" }),
  }),
);

/** How objects become another version. */
export interface CustomResourceConversion {
  /** `None` changes the `apiVersion` only, `Webhook` asks a webhook. */
  strategy: string;
  /** The webhook. */
  webhook?: WebhookConversion;
}

/** Schema of {@linkcode CustomResourceConversion}. */
export const customResourceConversion: Field<CustomResourceConversion> = object<
  CustomResourceConversion
>(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceConversion",
  () => ({
    strategy: named("v1.ConversionStrategyType"),
    webhook: optional(webhookConversion),
  }),
);

/** What a CustomResourceDefinition says. */
export interface CustomResourceDefinitionSpec {
  /** The group of the kind; a domain. */
  group: string;
  /** The names of the kind. */
  names: CustomResourceDefinitionNames;
  /** `Namespaced` or `Cluster`. */
  scope: string;
  /** Its versions. */
  versions: CustomResourceDefinitionVersion[];
  /** How objects become another version. Default: `None`. */
  conversion?: CustomResourceConversion;
  /** Must be false; the schema says what is kept. */
  preserveUnknownFields?: boolean;
}

/** Schema of {@linkcode CustomResourceDefinitionSpec}. */
export const customResourceDefinitionSpec: Field<CustomResourceDefinitionSpec> =
  object<CustomResourceDefinitionSpec>(
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec",
    () => ({
      group: str,
      names: customResourceDefinitionNames,
      scope: named("v1.ResourceScope"),
      versions: list(customResourceDefinitionVersion, { type: "atomic" }),
      conversion: optional(customResourceConversion),
      preserveUnknownFields: notNeeded(optional(bool)),
    }),
  );

/** The version that objects are stored in. */
export function storageVersion(
  { versions }: CustomResourceDefinitionSpec,
): CustomResourceDefinitionVersion | undefined {
  return versions.find(({ storage }) => storage);
}

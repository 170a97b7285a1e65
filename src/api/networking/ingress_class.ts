import { ingressClassColumns } from "../columns/ingress.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  validateIngressClass,
  validateIngressClassUpdate,
} from "../validation/ingress_class.ts";

/** Points to what a controller is told. */
export interface IngressClassParametersReference {
  /** Group of the object; absent is the core group. */
  apiGroup?: string;
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
  /** Whether it is of the `Cluster` or of a `Namespace`. Default: Cluster. */
  scope?: string;
  /** Its namespace; only with the scope `Namespace`. */
  namespace?: string;
}

/** Schema of {@linkcode IngressClassParametersReference}. */
export const ingressClassParametersReference: Field<
  IngressClassParametersReference
> = object<IngressClassParametersReference>(
  "io.k8s.api.networking.v1.IngressClassParametersReference",
  () => ({
    apiGroup: pointer(str),
    kind: str,
    name: str,
    scope: pointer(str),
    namespace: pointer(str),
  }),
);

/** Who serves the class. */
export interface IngressClassSpec {
  /** Name of the controller, a domain with a path; cannot change. */
  controller?: string;
  /** What the controller is told. */
  parameters?: IngressClassParametersReference;
}

/** Schema of {@linkcode IngressClassSpec}. */
export const ingressClassSpec: Field<IngressClassSpec> = object<
  IngressClassSpec
>(
  "io.k8s.api.networking.v1.IngressClassSpec",
  () => ({
    controller: optional(str),
    parameters: pointer(ingressClassParametersReference),
  }),
);

/** A way to serve Ingresses, under a name that they give. */
export interface IngressClass extends KubeObject {
  /** Who serves it. */
  spec: IngressClassSpec;
}

/** Schema of {@linkcode IngressClass}. */
export const ingressClass: Field<IngressClass> = object<IngressClass>(
  "io.k8s.api.networking.v1.IngressClass",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: ingressClassSpec,
  }),
);

/** Ways to serve Ingresses. */
export const ingressClasses: Kind<IngressClass> = defineKind({
  group: "networking.k8s.io",
  version: "v1",
  kind: "IngressClass",
  plural: "ingressclasses",
  namespaced: false,
  type: ingressClass,
  setDefaults({ spec }) {
    if (spec.parameters !== undefined) spec.parameters.scope ??= "Cluster";
  },
  generationOf: ({ spec }) => spec,
  validate: validateIngressClass,
  validateUpdate: validateIngressClassUpdate,
  columns: ingressClassColumns,
});

import { ageColumn, nameColumn } from "../columns/common.ts";
import { defaultDeviceClaim } from "../defaults/device_claim.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { type ObjectMeta, objectMeta } from "../meta.ts";
import { type Field, needed, object, typeMeta } from "../schema/words.ts";
import {
  validateResourceClaimTemplate,
  validateSpecUpdate,
} from "../validation/resource_claim.ts";
import { type ResourceClaimSpec, resourceClaimSpec } from "./resource_claim.ts";

/** What claims are made from. */
export interface ResourceClaimTemplateSpec {
  /** Labels and annotations of the claims. */
  metadata?: ObjectMeta;
  /** What is wished for. */
  spec: ResourceClaimSpec;
}

/** Schema of {@linkcode ResourceClaimTemplateSpec}. */
export const resourceClaimTemplateSpec: Field<ResourceClaimTemplateSpec> =
  object<ResourceClaimTemplateSpec>(
    "io.k8s.api.resource.v1.ResourceClaimTemplateSpec",
    () => ({
      metadata: objectMeta,
      spec: needed(resourceClaimSpec),
    }),
  );

/** What claims are made from, one for each Pod. Cannot change. */
export interface ResourceClaimTemplate extends KubeObject {
  /** What they are made from. */
  spec: ResourceClaimTemplateSpec;
}

/** Schema of {@linkcode ResourceClaimTemplate}. */
export const resourceClaimTemplate: Field<ResourceClaimTemplate> = object<
  ResourceClaimTemplate
>(
  "io.k8s.api.resource.v1.ResourceClaimTemplate",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(resourceClaimTemplateSpec),
  }),
);

/** What claims are made from. */
export const resourceClaimTemplates: Kind<ResourceClaimTemplate> = defineKind({
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceClaimTemplate",
  plural: "resourceclaimtemplates",
  namespaced: true,
  type: resourceClaimTemplate,
  setDefaults: ({ spec }) => defaultDeviceClaim(spec.spec.devices),
  validate: validateResourceClaimTemplate,
  validateUpdate: validateSpecUpdate,
  columns: [nameColumn(), ageColumn()],
});

import { type ObjectMeta, objectMeta } from "./meta.ts";
import { type PodSpec, podSpec } from "./pod_spec.ts";
import { type Field, object } from "./schema/words.ts";

/** PodTemplateSpec. */
export interface PodTemplateSpec {
  metadata?: ObjectMeta;
  spec: PodSpec;
}

/** Schema of {@linkcode PodTemplateSpec}. */
export const podTemplateSpec: Field<PodTemplateSpec> = object<PodTemplateSpec>(
  "io.k8s.api.core.v1.PodTemplateSpec",
  () => ({
    metadata: objectMeta,
    spec: podSpec,
  }),
);

import { type ObjectMeta, objectMeta } from "../meta.ts";
import { type PodSpec, podSpec } from "./pod_spec.ts";
import { type Field, object } from "../schema/words.ts";

/** What Pods are made from. */
export interface PodTemplateSpec {
  /** Labels and annotations of the Pods. */
  metadata?: ObjectMeta;
  /** Their spec. */
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

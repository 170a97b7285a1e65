import { schemaOf } from "../schema.ts";
import type { Schema } from "../kind.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  defaulted,
  type Field,
  int32,
  object,
  optional,
  str,
  typeMeta,
} from "../schema/words.ts";

/** How many replicas are wished for. */
export interface ScaleSpec {
  /** The number. */
  replicas?: number;
}

/** Schema of {@linkcode ScaleSpec}. */
export const scaleSpec: Field<ScaleSpec> = object<ScaleSpec>(
  "io.k8s.api.autoscaling.v1.ScaleSpec",
  () => ({
    replicas: defaulted(optional(int32), 0),
  }),
);

/** How many replicas there are. */
export interface ScaleStatus {
  /** The number. */
  replicas: number;
  /** Labels of the Pods that count, as text. */
  selector?: string;
}

/** Schema of {@linkcode ScaleStatus}. */
export const scaleStatus: Field<ScaleStatus> = object<ScaleStatus>(
  "io.k8s.api.autoscaling.v1.ScaleStatus",
  () => ({
    replicas: int32,
    selector: optional(str),
  }),
);

/** The number of replicas of any object that has one. */
export interface Scale extends KubeObject {
  /** How many are wished for. */
  spec: ScaleSpec;
  /** How many there are. */
  status?: ScaleStatus;
}

/** Schema of {@linkcode Scale}. */
export const scale: Field<Scale> = object<Scale>(
  "io.k8s.api.autoscaling.v1.Scale",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: scaleSpec,
    status: scaleStatus,
  }),
);

/** Decodes the body of a scale subresource. */
export const scaleSchema: Schema<Scale> = schemaOf(scale);

import type { KubeObject } from "./kind.ts";
import { objectMeta } from "./meta.ts";
import { type PodSpec, podSpec } from "./pod_spec.ts";
import { type PodStatus, podStatus } from "./pod_status.ts";
import { type Field, object, typeMeta } from "./schema/words.ts";

/** Pod. */
export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: PodStatus;
}

/** Schema of {@linkcode Pod}. */
export const pod: Field<Pod> = object<Pod>(
  "io.k8s.api.core.v1.Pod",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: podSpec,
    status: podStatus,
  }),
);

import type { KubeObject } from "./kind.ts";
import { objectMeta } from "./meta.ts";
import {
  bool,
  bytes,
  type Field,
  map,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "./schema/words.ts";

/** ConfigMap. */
export interface ConfigMap extends KubeObject {
  immutable?: boolean;
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
}

/** Schema of {@linkcode ConfigMap}. */
export const configMap: Field<ConfigMap> = object<ConfigMap>(
  "io.k8s.api.core.v1.ConfigMap",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    immutable: pointer(bool),
    data: optional(map(str)),
    binaryData: optional(map(bytes)),
  }),
);

import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import {
  validateConfigMap,
  validateConfigMapUpdate,
} from "../validation/data.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
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
} from "../schema/words.ts";

/** Configuration data for Pods. */
export interface ConfigMap extends KubeObject {
  /** Whether the data can never change again. */
  immutable?: boolean;
  /** The entries, as text. */
  data?: Record<string, string>;
  /** Further entries, as base64. */
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

/** Configuration data for Pods. */
export const configMaps: Kind<ConfigMap> = defineKind({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
  shortNames: ["cm"],
  type: configMap,
  validate: validateConfigMap,
  validateUpdate: validateConfigMapUpdate,
  columns: [
    nameColumn(),
    column(
      "Data",
      ({ data, binaryData }) =>
        Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
      { description: "Number of entries" },
    ),
    ageColumn(),
  ],
});

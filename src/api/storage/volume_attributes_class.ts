import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  map,
  object,
  optional,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  validateVolumeAttributesClass,
  validateVolumeAttributesClassUpdate,
} from "../validation/volume_attributes_class.ts";

/** Attributes of volumes that can change while they are used, under a name. Cannot change. */
export interface VolumeAttributesClass extends KubeObject {
  /** The storage driver. */
  driverName: string;
  /** What the driver is told. */
  parameters?: Record<string, string>;
}

/** Schema of {@linkcode VolumeAttributesClass}. */
export const volumeAttributesClass: Field<VolumeAttributesClass> = object<
  VolumeAttributesClass
>(
  "io.k8s.api.storage.v1.VolumeAttributesClass",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    driverName: str,
    parameters: optional(map(str)),
  }),
);

/** Attributes of volumes that can change. */
export const volumeAttributesClasses: Kind<VolumeAttributesClass> = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttributesClass",
  plural: "volumeattributesclasses",
  namespaced: false,
  shortNames: ["vac"],
  type: volumeAttributesClass,
  validate: validateVolumeAttributesClass,
  validateUpdate: validateVolumeAttributesClassUpdate,
  columns: [
    nameColumn(),
    column("DriverName", ({ driverName }) => driverName, {
      description: "The storage driver",
    }),
    ageColumn(),
  ],
});

import { ageColumn, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  needed,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import { validateDeviceClass } from "../validation/device_class.ts";
import {
  type OpaqueDeviceConfiguration,
  opaqueDeviceConfiguration,
} from "./device_configuration.ts";
import { type DeviceSelector, deviceSelector } from "./device_selector.ts";

/** What a driver is told about devices of a class. */
export interface DeviceClassConfiguration {
  /** What it is told, in a form that only the driver knows. */
  opaque?: OpaqueDeviceConfiguration;
}

/** Schema of {@linkcode DeviceClassConfiguration}. */
export const deviceClassConfiguration: Field<DeviceClassConfiguration> = object<
  DeviceClassConfiguration
>(
  "io.k8s.api.resource.v1.DeviceClassConfiguration",
  () => ({
    opaque: pointer(opaqueDeviceConfiguration),
  }),
);

/** Which devices are of a class. */
export interface DeviceClassSpec {
  /** Conditions that each device must meet. */
  selectors?: DeviceSelector[];
  /** What the drivers are told. */
  config?: DeviceClassConfiguration[];
  /** An extended resource that stands for devices of the class. */
  extendedResourceName?: string;
}

/** Schema of {@linkcode DeviceClassSpec}. */
export const deviceClassSpec: Field<DeviceClassSpec> = object<DeviceClassSpec>(
  "io.k8s.api.resource.v1.DeviceClassSpec",
  () => ({
    selectors: optional(list(deviceSelector, { type: "atomic" })),
    config: optional(list(deviceClassConfiguration, { type: "atomic" })),
    extendedResourceName: pointer(str),
  }),
);

/** Devices of one kind, under a name that claims give. */
export interface DeviceClass extends KubeObject {
  /** Which devices they are. */
  spec: DeviceClassSpec;
}

/** Schema of {@linkcode DeviceClass}. */
export const deviceClass: Field<DeviceClass> = object<DeviceClass>(
  "io.k8s.api.resource.v1.DeviceClass",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(deviceClassSpec),
  }),
);

/** Devices of one kind. */
export const deviceClasses: Kind<DeviceClass> = defineKind({
  group: "resource.k8s.io",
  version: "v1",
  kind: "DeviceClass",
  plural: "deviceclasses",
  namespaced: false,
  type: deviceClass,
  generationOf: ({ spec }) => spec,
  validate: validateDeviceClass,
  columns: [nameColumn(), ageColumn()],
});

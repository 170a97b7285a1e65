import {
  type Field,
  list,
  named,
  notNeeded,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";
import {
  type OpaqueDeviceConfiguration,
  opaqueDeviceConfiguration,
} from "./device_configuration.ts";
import { type DeviceRequest, deviceRequest } from "./device_request.ts";

/** What the devices of several requests must have in common, or not. */
export interface DeviceConstraint {
  /** Names of the requests; absent means all. */
  requests?: string[];
  /** An attribute that must be the same for all. */
  matchAttribute?: string;
  /** An attribute that must be different for all. */
  distinctAttribute?: string;
}

/** Schema of {@linkcode DeviceConstraint}. */
export const deviceConstraint: Field<DeviceConstraint> = object<
  DeviceConstraint
>(
  "io.k8s.api.resource.v1.DeviceConstraint",
  () => ({
    requests: optional(list(str, { type: "atomic" })),
    matchAttribute: pointer(named("v1.FullyQualifiedName")),
    distinctAttribute: pointer(named("v1.FullyQualifiedName")),
  }),
);

/** What a driver is told about some requests. */
export interface DeviceClaimConfiguration {
  /** Names of the requests; absent means all. */
  requests?: string[];
  /** What it is told, in a form that only the driver knows. */
  opaque?: OpaqueDeviceConfiguration;
}

/** Schema of {@linkcode DeviceClaimConfiguration}. */
export const deviceClaimConfiguration: Field<DeviceClaimConfiguration> = object<
  DeviceClaimConfiguration
>(
  "io.k8s.api.resource.v1.DeviceClaimConfiguration",
  () => ({
    requests: optional(list(str, { type: "atomic" })),
    opaque: pointer(opaqueDeviceConfiguration),
  }),
);

/** Devices that are wished for together. */
export interface DeviceClaim {
  /** The wishes. */
  requests: DeviceRequest[];
  /** What the devices must have in common, or not. */
  constraints?: DeviceConstraint[];
  /** What the drivers are told. */
  config?: DeviceClaimConfiguration[];
}

/** Schema of {@linkcode DeviceClaim}. */
export const deviceClaim: Field<DeviceClaim> = object<DeviceClaim>(
  "io.k8s.api.resource.v1.DeviceClaim",
  () => ({
    requests: notNeeded(list(deviceRequest, { type: "atomic" })),
    constraints: optional(list(deviceConstraint, { type: "atomic" })),
    config: optional(list(deviceClaimConfiguration, { type: "atomic" })),
  }),
);

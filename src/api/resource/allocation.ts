import { type NodeSelector, nodeSelector } from "../core/affinity.ts";
import {
  bool,
  type Field,
  list,
  map,
  named,
  object,
  optional,
  pointer,
  type Quantity,
  quantity,
  str,
  time,
  uid,
} from "../schema/words.ts";
import {
  type OpaqueDeviceConfiguration,
  opaqueDeviceConfiguration,
} from "./device_configuration.ts";
import { type DeviceToleration, deviceToleration } from "./device_selector.ts";

/** A device that a request got. */
export interface DeviceRequestAllocationResult {
  /** Name of the request, after a slash also that of the wish that was met. */
  request: string;
  /** The driver. */
  driver: string;
  /** The pool of the device. */
  pool: string;
  /** The device. */
  device: string;
  /** Whether it was wished for to be looked after. */
  adminAccess?: boolean;
  /** Taints that the request puts up with. */
  tolerations?: DeviceToleration[];
  /** Conditions that must be true before the Pod is bound. */
  bindingConditions?: string[];
  /** Conditions of which none may be true before the Pod is bound. */
  bindingFailureConditions?: string[];
  /** Tells shares of the same device apart. */
  shareID?: string;
  /** How much of the device is used. */
  consumedCapacity?: Record<string, Quantity>;
}

/** Schema of {@linkcode DeviceRequestAllocationResult}. */
export const deviceRequestAllocationResult: Field<
  DeviceRequestAllocationResult
> = object<DeviceRequestAllocationResult>(
  "io.k8s.api.resource.v1.DeviceRequestAllocationResult",
  () => ({
    request: str,
    driver: str,
    pool: str,
    device: str,
    adminAccess: pointer(bool),
    tolerations: optional(list(deviceToleration, { type: "atomic" })),
    bindingConditions: optional(list(str, { type: "atomic" })),
    bindingFailureConditions: optional(list(str, { type: "atomic" })),
    shareID: pointer(uid),
    consumedCapacity: optional(map(quantity)),
  }),
);

/** What a driver is told about devices that were given. */
export interface DeviceAllocationConfiguration {
  /** Where it is from: `FromClass` or `FromClaim`. */
  source: string;
  /** Names of the requests; absent means all. */
  requests?: string[];
  /** What it is told, in a form that only the driver knows. */
  opaque?: OpaqueDeviceConfiguration;
}

/** Schema of {@linkcode DeviceAllocationConfiguration}. */
export const deviceAllocationConfiguration: Field<
  DeviceAllocationConfiguration
> = object<DeviceAllocationConfiguration>(
  "io.k8s.api.resource.v1.DeviceAllocationConfiguration",
  () => ({
    source: named("v1.AllocationConfigSource"),
    requests: optional(list(str, { type: "atomic" })),
    opaque: pointer(opaqueDeviceConfiguration),
  }),
);

/** Devices that were given. */
export interface DeviceAllocationResult {
  /** The devices. */
  results?: DeviceRequestAllocationResult[];
  /** What the drivers are told. */
  config?: DeviceAllocationConfiguration[];
}

/** Schema of {@linkcode DeviceAllocationResult}. */
export const deviceAllocationResult: Field<DeviceAllocationResult> = object<
  DeviceAllocationResult
>(
  "io.k8s.api.resource.v1.DeviceAllocationResult",
  () => ({
    results: optional(list(deviceRequestAllocationResult, { type: "atomic" })),
    config: optional(list(deviceAllocationConfiguration, { type: "atomic" })),
  }),
);

/** What a claim got. */
export interface AllocationResult {
  /** The devices. */
  devices?: DeviceAllocationResult;
  /** Nodes that can reach them; absent means all. */
  nodeSelector?: NodeSelector;
  /** When they were given. */
  allocationTimestamp?: string;
}

/** Schema of {@linkcode AllocationResult}. */
export const allocationResult: Field<AllocationResult> = object<
  AllocationResult
>(
  "io.k8s.api.resource.v1.AllocationResult",
  () => ({
    devices: deviceAllocationResult,
    nodeSelector: pointer(nodeSelector),
    allocationTimestamp: pointer(time),
  }),
);

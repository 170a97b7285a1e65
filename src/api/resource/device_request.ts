import {
  bool,
  type Field,
  int64,
  list,
  named,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";
import {
  type CapacityRequirements,
  capacityRequirements,
  type DeviceSelector,
  deviceSelector,
  type DeviceToleration,
  deviceToleration,
} from "./device_selector.ts";

/** Devices of one class. */
export interface ExactDeviceRequest {
  /** The class. */
  deviceClassName: string;
  /** Conditions that each device must meet. */
  selectors?: DeviceSelector[];
  /** `ExactCount`, or `All` that fit. Default: ExactCount. */
  allocationMode?: string;
  /** How many, for `ExactCount`. Default: 1. */
  count?: number;
  /** Whether they are wished for to be looked after, beside whoever uses them. */
  adminAccess?: boolean;
  /** Taints that the request puts up with. */
  tolerations?: DeviceToleration[];
  /** How much of each device. */
  capacity?: CapacityRequirements;
}

/** Schema of {@linkcode ExactDeviceRequest}. */
export const exactDeviceRequest: Field<ExactDeviceRequest> = object<
  ExactDeviceRequest
>(
  "io.k8s.api.resource.v1.ExactDeviceRequest",
  () => ({
    deviceClassName: str,
    selectors: optional(list(deviceSelector, { type: "atomic" })),
    allocationMode: optional(named("v1.DeviceAllocationMode")),
    count: optional(int64),
    adminAccess: pointer(bool),
    tolerations: optional(list(deviceToleration, { type: "atomic" })),
    capacity: pointer(capacityRequirements),
  }),
);

/** Devices of one class, among others that would do as well. */
export interface DeviceSubRequest {
  /** Name of the request. */
  name: string;
  /** The class. */
  deviceClassName: string;
  /** Conditions that each device must meet. */
  selectors?: DeviceSelector[];
  /** `ExactCount`, or `All` that fit. Default: ExactCount. */
  allocationMode?: string;
  /** How many, for `ExactCount`. Default: 1. */
  count?: number;
  /** Taints that the request puts up with. */
  tolerations?: DeviceToleration[];
  /** How much of each device. */
  capacity?: CapacityRequirements;
}

/** Schema of {@linkcode DeviceSubRequest}. */
export const deviceSubRequest: Field<DeviceSubRequest> = object<
  DeviceSubRequest
>(
  "io.k8s.api.resource.v1.DeviceSubRequest",
  () => ({
    name: str,
    deviceClassName: str,
    selectors: optional(list(deviceSelector, { type: "atomic" })),
    allocationMode: optional(named("v1.DeviceAllocationMode")),
    count: optional(int64),
    tolerations: optional(list(deviceToleration, { type: "atomic" })),
    capacity: pointer(capacityRequirements),
  }),
);

/** Devices that are wished for; either exactly these, or the first of some. */
export interface DeviceRequest {
  /** Name of the request. */
  name: string;
  /** Devices of one class. */
  exactly?: ExactDeviceRequest;
  /** Wishes of which the first that can be met counts. */
  firstAvailable?: DeviceSubRequest[];
}

/** Schema of {@linkcode DeviceRequest}. */
export const deviceRequest: Field<DeviceRequest> = object<DeviceRequest>(
  "io.k8s.api.resource.v1.DeviceRequest",
  () => ({
    name: str,
    exactly: pointer(exactDeviceRequest),
    firstAvailable: optional(list(deviceSubRequest, { type: "atomic" })),
  }),
);

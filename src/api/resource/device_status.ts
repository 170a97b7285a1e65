import { type Condition, condition } from "../meta.ts";
import {
  anyValue,
  type Field,
  list,
  notNeeded,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";

/** What a driver says of a network device. */
export interface NetworkDeviceData {
  /** Its name in the Pod. */
  interfaceName?: string;
  /** Its addresses, in CIDR form. */
  ips?: string[];
  /** Its MAC address. */
  hardwareAddress?: string;
}

/** Schema of {@linkcode NetworkDeviceData}. */
export const networkDeviceData: Field<NetworkDeviceData> = object<
  NetworkDeviceData
>(
  "io.k8s.api.resource.v1.NetworkDeviceData",
  () => ({
    interfaceName: optional(str),
    ips: optional(list(str, { type: "atomic" })),
    hardwareAddress: optional(str),
  }),
);

/** What a driver says of a device. */
export interface AllocatedDeviceStatus {
  /** The driver. */
  driver: string;
  /** The pool of the device. */
  pool: string;
  /** The device. */
  device: string;
  /** Tells shares of the same device apart. */
  shareID?: string;
  /** Aspects of its state. */
  conditions: Condition[];
  /** Anything at all. */
  data?: Record<string, unknown>;
  /** What it is as a network device. */
  networkData?: NetworkDeviceData;
}

/** Schema of {@linkcode AllocatedDeviceStatus}. */
export const allocatedDeviceStatus: Field<AllocatedDeviceStatus> = object<
  AllocatedDeviceStatus
>(
  "io.k8s.api.resource.v1.AllocatedDeviceStatus",
  () => ({
    driver: str,
    pool: str,
    device: str,
    shareID: pointer(str),
    conditions: notNeeded(list(condition, { type: "map", keys: ["type"] })),
    data: pointer(anyValue as Field<Record<string, unknown>>),
    networkData: pointer(networkDeviceData),
  }),
);

import { type NodeSelector, nodeSelector } from "../core/affinity.ts";
import {
  bool,
  type Field,
  int64,
  list,
  map,
  named,
  object,
  optional,
  pointer,
  str,
  time,
} from "../schema/words.ts";
import {
  type DeviceCapacity,
  deviceCapacity,
  type DeviceCounterConsumption,
  deviceCounterConsumption,
  type NodeAllocatableResourceMapping,
  nodeAllocatableResourceMapping,
} from "./device_capacity.ts";

/** Something that a device is; exactly one field. */
export interface DeviceAttribute {
  /** A number. */
  int?: number;
  /** Yes or no. */
  bool?: boolean;
  /** A text. */
  string?: string;
  /** A semantic version. */
  version?: string;
  /** Numbers. */
  ints?: number[];
  /** Several times yes or no. */
  bools?: boolean[];
  /** Texts. */
  strings?: string[];
  /** Semantic versions. */
  versions?: string[];
}

/** Schema of {@linkcode DeviceAttribute}. */
export const deviceAttribute: Field<DeviceAttribute> = object<DeviceAttribute>(
  "io.k8s.api.resource.v1.DeviceAttribute",
  () => ({
    int: pointer(int64),
    bool: pointer(bool),
    string: pointer(str),
    version: pointer(str),
    ints: optional(list(int64, { type: "atomic" })),
    bools: optional(list(bool, { type: "atomic" })),
    strings: optional(list(str, { type: "atomic" })),
    versions: optional(list(str, { type: "atomic" })),
  }),
);

/** Keeps a device from requests that do not tolerate it. */
export interface DeviceTaint {
  /** Key of the taint. */
  key: string;
  /** Value of the taint. */
  value?: string;
  /** What it does: `None`, `NoSchedule` or `NoExecute`. */
  effect: string;
  /** When it came. */
  timeAdded?: string;
}

/** Schema of {@linkcode DeviceTaint}. */
export const deviceTaint: Field<DeviceTaint> = object<DeviceTaint>(
  "io.k8s.api.resource.v1.DeviceTaint",
  () => ({
    key: str,
    value: optional(str),
    effect: named("v1.DeviceTaintEffect"),
    timeAdded: pointer(time),
  }),
);

/** A device. */
export interface Device {
  /** Its name, unique in its pool. */
  name: string;
  /** What it is, by name. */
  attributes?: Record<string, DeviceAttribute>;
  /** How much of what it has, by name. */
  capacity?: Record<string, DeviceCapacity>;
  /** What it takes of what its pool shares. */
  consumesCounters?: DeviceCounterConsumption[];
  /** The node that can reach it. */
  nodeName?: string;
  /** Nodes that can reach it. */
  nodeSelector?: NodeSelector;
  /** Whether all nodes can reach it. */
  allNodes?: boolean;
  /** What keeps it from requests. */
  taints?: DeviceTaint[];
  /** Whether a claim stays with the node that was chosen. */
  bindsToNode?: boolean;
  /** Conditions that must be true before a Pod is bound. */
  bindingConditions?: string[];
  /** Conditions of which none may be true before a Pod is bound. */
  bindingFailureConditions?: string[];
  /** Whether several claims may share it. */
  allowMultipleAllocations?: boolean;
  /** How it counts against the node's resources. */
  nodeAllocatableResourceMappings?: Record<
    string,
    NodeAllocatableResourceMapping
  >;
}

/** Schema of {@linkcode Device}. */
export const device: Field<Device> = object<Device>(
  "io.k8s.api.resource.v1.Device",
  () => ({
    name: str,
    attributes: optional(map(deviceAttribute)),
    capacity: optional(map(deviceCapacity)),
    consumesCounters: optional(
      list(deviceCounterConsumption, { type: "atomic" }),
    ),
    nodeName: pointer(str),
    nodeSelector: pointer(nodeSelector),
    allNodes: pointer(bool),
    taints: optional(list(deviceTaint, { type: "atomic" })),
    bindsToNode: pointer(bool),
    bindingConditions: optional(list(str, { type: "atomic" })),
    bindingFailureConditions: optional(list(str, { type: "atomic" })),
    allowMultipleAllocations: pointer(bool),
    nodeAllocatableResourceMappings: optional(
      map(nodeAllocatableResourceMapping),
    ),
  }),
);

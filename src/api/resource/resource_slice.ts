import { resourceSliceColumns } from "../columns/resource.ts";
import { type NodeSelector, nodeSelector } from "../core/affinity.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  bool,
  type Field,
  int64,
  list,
  needed,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  validateResourceSlice,
  validateResourceSliceUpdate,
} from "../validation/resource_slice.ts";
import { type Device, device } from "./device.ts";
import { type CounterSet, counterSet } from "./device_capacity.ts";

import { formatTime } from "../time.ts";

/** Devices that belong together, in one slice or more. */
export interface ResourcePool {
  /** Its name. */
  name: string;
  /** Counts the changes of the pool; slices of older ones do not count. */
  generation: number;
  /** How many slices the pool has. */
  resourceSliceCount: number;
}

/** Schema of {@linkcode ResourcePool}. */
export const resourcePool: Field<ResourcePool> = object<ResourcePool>(
  "io.k8s.api.resource.v1.ResourcePool",
  () => ({
    name: str,
    generation: int64,
    resourceSliceCount: int64,
  }),
);

/** Devices, and who can reach them; exactly one of the fields for nodes. */
export interface ResourceSliceSpec {
  /** The driver; cannot change. */
  driver: string;
  /** The pool. */
  pool: ResourcePool;
  /** The node that can reach them; cannot change. */
  nodeName?: string;
  /** Nodes that can reach them. */
  nodeSelector?: NodeSelector;
  /** Whether all nodes can reach them. */
  allNodes?: boolean;
  /** The devices. */
  devices?: Device[];
  /** Whether each device says which nodes can reach it. */
  perDeviceNodeSelection?: boolean;
  /** What the devices share. */
  sharedCounters?: CounterSet[];
}

/** Schema of {@linkcode ResourceSliceSpec}. */
export const resourceSliceSpec: Field<ResourceSliceSpec> = object<
  ResourceSliceSpec
>(
  "io.k8s.api.resource.v1.ResourceSliceSpec",
  () => ({
    driver: str,
    pool: needed(resourcePool),
    nodeName: pointer(str),
    nodeSelector: pointer(nodeSelector),
    allNodes: pointer(bool),
    devices: optional(list(device, { type: "atomic" })),
    perDeviceNodeSelection: pointer(bool),
    sharedCounters: optional(list(counterSet, { type: "atomic" })),
  }),
);

/** Some of the devices of a pool. */
export interface ResourceSlice extends KubeObject {
  /** The devices. */
  spec: ResourceSliceSpec;
}

/** Schema of {@linkcode ResourceSlice}. */
export const resourceSlice: Field<ResourceSlice> = object<ResourceSlice>(
  "io.k8s.api.resource.v1.ResourceSlice",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(resourceSliceSpec),
  }),
);

/** Gives new taints their time. */
function stampTaints({ devices = [] }: ResourceSliceSpec, now: number): void {
  for (const { taints = [] } of devices) {
    for (const taint of taints) taint.timeAdded ??= formatTime(now);
  }
}

/** Devices that there are. */
export const resourceSlices: Kind<ResourceSlice> = defineKind({
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceSlice",
  plural: "resourceslices",
  namespaced: false,
  type: resourceSlice,
  prepareForCreate: ({ spec }, { now }) => stampTaints(spec, now),
  prepareForUpdate: ({ spec }, _previous, { now }) => stampTaints(spec, now),
  generationOf: ({ spec }) => spec,
  validate: validateResourceSlice,
  validateUpdate: validateResourceSliceUpdate,
  fieldSelectors: ["spec.nodeName", "spec.driver"],
  selectableFields: ({ spec }) => ({
    "spec.nodeName": spec.nodeName ?? "",
    "spec.driver": spec.driver,
  }),
  columns: resourceSliceColumns,
});

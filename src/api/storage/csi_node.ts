import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  int32,
  list,
  needed,
  notNeeded,
  object,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  validateCsiNode,
  validateCsiNodeUpdate,
} from "../validation/csi_node.ts";

/** How many volumes fit. */
export interface VolumeNodeResources {
  /** The most volumes; absent means no bound. */
  count?: number;
}

/** Schema of {@linkcode VolumeNodeResources}. */
export const volumeNodeResources: Field<VolumeNodeResources> = object<
  VolumeNodeResources
>(
  "io.k8s.api.storage.v1.VolumeNodeResources",
  () => ({
    count: pointer(int32),
  }),
);

/** A driver on a node. */
export interface CSINodeDriver {
  /** Its name. */
  name: string;
  /** What it calls the node. */
  nodeID: string;
  /** Labels of nodes that say where volumes can be reached. */
  topologyKeys: string[];
  /** How many volumes fit. */
  allocatable?: VolumeNodeResources;
}

/** Schema of {@linkcode CSINodeDriver}. */
export const csiNodeDriver: Field<CSINodeDriver> = object<CSINodeDriver>(
  "io.k8s.api.storage.v1.CSINodeDriver",
  () => ({
    name: str,
    nodeID: str,
    topologyKeys: notNeeded(list(str, { type: "atomic" })),
    allocatable: pointer(volumeNodeResources),
  }),
);

/** The drivers on a node. */
export interface CSINodeSpec {
  /** The drivers; may be empty. */
  drivers: CSINodeDriver[];
}

/** Schema of {@linkcode CSINodeSpec}. */
export const csiNodeSpec: Field<CSINodeSpec> = object<CSINodeSpec>(
  "io.k8s.api.storage.v1.CSINodeSpec",
  () => ({
    drivers: list(csiNodeDriver, {
      type: "map",
      keys: ["name"],
      strategy: "merge",
      mergeKey: "name",
    }),
  }),
);

/** The storage drivers on the node of the same name. */
export interface CSINode extends KubeObject {
  /** The drivers. */
  spec: CSINodeSpec;
}

/** Schema of {@linkcode CSINode}. */
export const csiNode: Field<CSINode> = object<CSINode>(
  "io.k8s.api.storage.v1.CSINode",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(csiNodeSpec),
  }),
);

/** Storage drivers by node. */
export const csiNodes: Kind<CSINode> = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSINode",
  plural: "csinodes",
  namespaced: false,
  needsRevision: true,
  type: csiNode,
  validate: validateCsiNode,
  validateUpdate: validateCsiNodeUpdate,
  columns: [
    nameColumn(),
    column("Drivers", ({ spec }) => spec.drivers.length, {
      type: "integer",
      description: "How many drivers the node has",
    }),
    ageColumn(),
  ],
});

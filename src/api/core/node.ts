import { nodeColumns } from "../columns/node.ts";
import { defineKind } from "../define.ts";
import {
  validateNode,
  validateNodeStatusUpdate,
  validateNodeUpdate,
} from "../validation/node.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { type NodeStatus, nodeStatus } from "./node_status.ts";
import { type Taint, taint } from "./toleration.ts";
import {
  bool,
  type Field,
  list,
  object,
  optional,
  pointer,
  str,
  typeMeta,
  uid,
} from "../schema/words.ts";

/** Deprecated: a ConfigMap with configuration of the agent. */
export interface ConfigMapNodeConfigSource {
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** Its UID. */
  uid?: string;
  /** Its version. */
  resourceVersion?: string;
  /** The entry. */
  kubeletConfigKey: string;
}

/** Schema of {@linkcode ConfigMapNodeConfigSource}. */
export const configMapNodeConfigSource: Field<ConfigMapNodeConfigSource> =
  object<ConfigMapNodeConfigSource>(
    "io.k8s.api.core.v1.ConfigMapNodeConfigSource",
    () => ({
      namespace: str,
      name: str,
      uid: optional(uid),
      resourceVersion: optional(str),
      kubeletConfigKey: str,
    }),
  );

/** Deprecated: where configuration of the agent comes from. */
export interface NodeConfigSource {
  /** A ConfigMap. */
  configMap?: ConfigMapNodeConfigSource;
}

/** Schema of {@linkcode NodeConfigSource}. */
export const nodeConfigSource: Field<NodeConfigSource> = object<
  NodeConfigSource
>(
  "io.k8s.api.core.v1.NodeConfigSource",
  () => ({
    configMap: pointer(configMapNodeConfigSource),
  }),
);

/** What a node is to be. */
export interface NodeSpec {
  /** Network of its Pods. */
  podCIDR?: string;
  /** Networks of its Pods, at most one of each family. */
  podCIDRs?: string[];
  /** Its id at the cloud provider. */
  providerID?: string;
  /** Whether new Pods are kept away. */
  unschedulable?: boolean;
  /** What keeps Pods away that do not tolerate it. */
  taints?: Taint[];
  /** Deprecated and no longer used. */
  configSource?: NodeConfigSource;
  /** Deprecated and no longer used. */
  externalID?: string;
}

/** Schema of {@linkcode NodeSpec}. */
export const nodeSpec: Field<NodeSpec> = object<NodeSpec>(
  "io.k8s.api.core.v1.NodeSpec",
  () => ({
    podCIDR: optional(str),
    podCIDRs: optional(list(str, { type: "set", strategy: "merge" })),
    providerID: optional(str),
    unschedulable: optional(bool),
    taints: optional(list(taint, { type: "atomic" })),
    configSource: pointer(nodeConfigSource),
    externalID: optional(str),
  }),
);

/** A machine that runs Pods. */
export interface Node extends KubeObject {
  /** What it is to be. */
  spec: NodeSpec;
  /** What it is and has; written by its agent. */
  status?: NodeStatus;
}

/** Schema of {@linkcode Node}. */
export const node: Field<Node> = object<Node>(
  "io.k8s.api.core.v1.Node",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: nodeSpec,
    status: nodeStatus,
  }),
);

/** Machines that run Pods. */
export const nodes: Kind<Node> = defineKind({
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  namespaced: false,
  shortNames: ["no"],
  subresources: ["status", "proxy"],
  type: node,
  setDefaults({ spec, status }) {
    // The old field wins over the new one; both are always told.
    if (spec.podCIDR !== undefined && spec.podCIDR !== spec.podCIDRs?.[0]) {
      spec.podCIDRs = [spec.podCIDR];
    }
    if (spec.podCIDRs?.[0] !== undefined) spec.podCIDR = spec.podCIDRs[0];
    if (status?.capacity !== undefined) status.allocatable ??= status.capacity;
  },
  fieldSelectors: ["spec.unschedulable"],
  selectableFields: ({ spec }) => ({
    "spec.unschedulable": String(spec.unschedulable ?? false),
  }),
  statusOnCreate: "kept",
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatusUpdate: validateNodeStatusUpdate,
  columns: nodeColumns,
});

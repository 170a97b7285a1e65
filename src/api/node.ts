import { nodeColumns } from "./columns/node.ts";
import { defineKind } from "./define.ts";
import {
  validateNode,
  validateNodeStatusUpdate,
  validateNodeUpdate,
} from "./validation/node.ts";
import type { Kind } from "./kind.ts";
import type { KubeObject } from "./kind.ts";
import { objectMeta } from "./meta.ts";
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
} from "./schema/words.ts";

/** ConfigMapNodeConfigSource. */
export interface ConfigMapNodeConfigSource {
  namespace: string;
  name: string;
  uid?: string;
  resourceVersion?: string;
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

/** NodeConfigSource. */
export interface NodeConfigSource {
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

/** NodeSpec. */
export interface NodeSpec {
  podCIDR?: string;
  podCIDRs?: string[];
  providerID?: string;
  unschedulable?: boolean;
  taints?: Taint[];
  configSource?: NodeConfigSource;
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

/** Node. */
export interface Node extends KubeObject {
  spec: NodeSpec;
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
  setDefaults({ status }) {
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

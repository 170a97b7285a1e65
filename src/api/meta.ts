import {
  anyObject,
  bool,
  type Field,
  int64,
  list,
  map,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
  time,
  uid,
} from "./schema/words.ts";

/** OwnerReference. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Schema of {@linkcode OwnerReference}. */
export const ownerReference: Field<OwnerReference> = object<OwnerReference>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference",
  () => ({
    apiVersion: str,
    kind: str,
    name: str,
    uid: uid,
    controller: pointer(bool),
    blockOwnerDeletion: pointer(bool),
  }),
  { atomic: true },
);

/** ManagedFieldsEntry. */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

/** Schema of {@linkcode ManagedFieldsEntry}. */
export const managedFieldsEntry: Field<ManagedFieldsEntry> = object<
  ManagedFieldsEntry
>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry",
  () => ({
    manager: optional(str),
    operation: optional(named("v1.ManagedFieldsOperationType")),
    apiVersion: optional(str),
    time: pointer(time),
    fieldsType: optional(str),
    fieldsV1: pointer(anyObject),
    subresource: optional(str),
  }),
);

/** ObjectMeta. */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  selfLink?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

/** Schema of {@linkcode ObjectMeta}. */
export const objectMeta: Field<ObjectMeta> = object<ObjectMeta>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
  () => ({
    name: optional(str),
    generateName: optional(str),
    namespace: optional(str),
    selfLink: optional(str),
    uid: optional(uid),
    resourceVersion: optional(str),
    generation: optional(int64),
    creationTimestamp: optional(time),
    deletionTimestamp: pointer(time),
    deletionGracePeriodSeconds: pointer(int64),
    labels: optional(map(str)),
    annotations: optional(map(str)),
    ownerReferences: optional(
      list(ownerReference, {
        type: "map",
        keys: ["uid"],
        strategy: "merge",
        mergeKey: "uid",
      }),
    ),
    finalizers: optional(list(str, { type: "set", strategy: "merge" })),
    managedFields: optional(list(managedFieldsEntry, { type: "atomic" })),
  }),
);

/** ShardInfo. */
export interface ShardInfo {
  selector: string;
}

/** Schema of {@linkcode ShardInfo}. */
export const shardInfo: Field<ShardInfo> = object<ShardInfo>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo",
  () => ({
    selector: str,
  }),
);

/** ListMeta. */
export interface ListMeta {
  selfLink?: string;
  resourceVersion?: string;
  continue?: string;
  remainingItemCount?: number;
  shardInfo?: ShardInfo;
}

/** Schema of {@linkcode ListMeta}. */
export const listMeta: Field<ListMeta> = object<ListMeta>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta",
  () => ({
    selfLink: optional(str),
    resourceVersion: optional(str),
    continue: optional(str),
    remainingItemCount: pointer(int64),
    shardInfo: pointer(shardInfo),
  }),
);

/** LabelSelectorRequirement. */
export interface LabelSelectorRequirement {
  key: string;
  operator: string;
  values?: string[];
}

/** Schema of {@linkcode LabelSelectorRequirement}. */
export const labelSelectorRequirement: Field<LabelSelectorRequirement> = object<
  LabelSelectorRequirement
>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement",
  () => ({
    key: str,
    operator: named("v1.LabelSelectorOperator"),
    values: optional(list(str, { type: "atomic" })),
  }),
);

/** LabelSelector. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: LabelSelectorRequirement[];
}

/** Schema of {@linkcode LabelSelector}. */
export const labelSelector: Field<LabelSelector> = object<LabelSelector>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
  () => ({
    matchLabels: optional(map(str)),
    matchExpressions: optional(
      list(labelSelectorRequirement, { type: "atomic" }),
    ),
  }),
  { atomic: true },
);

/** Condition. */
export interface Condition {
  type: string;
  status: string;
  observedGeneration?: number;
  lastTransitionTime?: string;
  reason: string;
  message: string;
}

/** Schema of {@linkcode Condition}. */
export const condition: Field<Condition> = object<Condition>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.Condition",
  () => ({
    type: str,
    status: named("v1.ConditionStatus"),
    observedGeneration: optional(int64),
    lastTransitionTime: needed(optional(time)),
    reason: str,
    message: str,
  }),
);

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

/** The object that another one belongs to; when it goes, its dependents go too. */
export interface OwnerReference {
  /** Group and version of the owner, for example `apps/v1`. */
  apiVersion: string;
  /** Kind of the owner. */
  kind: string;
  /** Name of the owner, in the same namespace or cluster-scoped. */
  name: string;
  /** UID of the owner; a new object of the same name is another owner. */
  uid: string;
  /** Whether this owner manages the object; at most one does. */
  controller?: boolean;
  /** Whether a foreground deletion of the owner waits for this object. */
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

/** The fields that one manager last set, and how. */
export interface ManagedFieldsEntry {
  /** Who set the fields. */
  manager?: string;
  /** How they were set: `Apply` or `Update`. */
  operation?: string;
  /** The version that the fields' names are of. */
  apiVersion?: string;
  /** When the set of fields changed last. */
  time?: string;
  /** The format of `fieldsV1`; always `FieldsV1`. */
  fieldsType?: string;
  /** The fields, as a tree of their names. */
  fieldsV1?: Record<string, unknown>;
  /** The subresource through which they were set; absent for the object itself. */
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

/** What all stored objects have. */
export interface ObjectMeta {
  /** Name, unique among its kind in its namespace; cannot change. */
  name?: string;
  /** Prefix from which the server makes a unique name when there is none. */
  generateName?: string;
  /** The room that the name is unique in; absent for cluster-scoped objects. */
  namespace?: string;
  /** Deprecated and no longer set. */
  selfLink?: string;
  /** Identity of this very object, made by the server; a new object of the same name has another. */
  uid?: string;
  /** Opaque version of the object, for concurrency checks and watches. */
  resourceVersion?: string;
  /** Counts the changes of what is wished for; set by the server. */
  generation?: number;
  /** When the server created the object. */
  creationTimestamp?: string;
  /** When the object is to be gone; set by the server when deletion was asked for. */
  deletionTimestamp?: string;
  /** Seconds that the object is given to end, set together with `deletionTimestamp`. */
  deletionGracePeriodSeconds?: number;
  /** Keys and values that selectors meet. */
  labels?: Record<string, string>;
  /** Keys and values for tools; no selector meets them. */
  annotations?: Record<string, string>;
  /** The objects that this one belongs to; when all are gone it is deleted. */
  ownerReferences?: OwnerReference[];
  /** Who must agree before the object goes; it stays while the list is not empty. */
  finalizers?: string[];
  /** Which manager set which fields; kept by the server. */
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
    // An empty list is not the same as none: it asks to forget all managers.
    managedFields: pointer(list(managedFieldsEntry, { type: "atomic" })),
  }),
);

/** Which part of all objects a list is. */
export interface ShardInfo {
  /** The selector of the part, as it was asked for. */
  selector: string;
}

/** Schema of {@linkcode ShardInfo}. */
export const shardInfo: Field<ShardInfo> = object<ShardInfo>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo",
  () => ({
    selector: str,
  }),
);

/** What all lists have. */
export interface ListMeta {
  /** Deprecated and no longer set. */
  selfLink?: string;
  /** The version that the whole list is of; a watch may start from it. */
  resourceVersion?: string;
  /** Where the next page starts; absent on the last page. */
  continue?: string;
  /** About how many objects follow after this page. */
  remainingItemCount?: number;
  /** Set when the list is only a part of all objects. */
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

/** One condition on one label. */
export interface LabelSelectorRequirement {
  /** The label's key. */
  key: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
  operator: string;
  /** Values to compare with; for `In` and `NotIn` only. */
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

/** Selects objects by their labels; all conditions must hold, an empty one selects everything. */
export interface LabelSelector {
  /** Labels that must be there with just these values. */
  matchLabels?: Record<string, string>;
  /** Further conditions. */
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

/** One aspect of an object's state. */
export interface Condition {
  /** Name of the aspect. */
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** The generation of the object that this was found for. */
  observedGeneration?: number;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word of CamelCase. */
  reason: string;
  /** Why, for people. */
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

import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import { invalidValue } from "../field_error.ts";
import type { Kind } from "../kind.ts";
import { dnsLabel } from "../validation/names.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  named,
  object,
  optional,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

/** Where a namespace is in its life. */
export type NamespacePhase = "Active" | "Terminating";

/** What keeps a namespace. */
export interface NamespaceSpec {
  /** Who must agree before it goes. */
  finalizers?: string[];
}

/** Schema of {@linkcode NamespaceSpec}. */
export const namespaceSpec: Field<NamespaceSpec> = object<NamespaceSpec>(
  "io.k8s.api.core.v1.NamespaceSpec",
  () => ({
    finalizers: optional(list(named("v1.FinalizerName"), { type: "atomic" })),
  }),
);

/** One aspect of a namespace's state. */
export interface NamespaceCondition {
  /** Name of the aspect. */
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
  message?: string;
}

/** Schema of {@linkcode NamespaceCondition}. */
export const namespaceCondition: Field<NamespaceCondition> = object<
  NamespaceCondition
>(
  "io.k8s.api.core.v1.NamespaceCondition",
  () => ({
    type: named("v1.NamespaceConditionType"),
    status: named("v1.ConditionStatus"),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** State of a namespace. */
export interface NamespaceStatus {
  /** Where it is in its life. */
  phase?: NamespacePhase;
  /** Aspects of its deletion. */
  conditions?: NamespaceCondition[];
}

/** Schema of {@linkcode NamespaceStatus}. */
export const namespaceStatus: Field<NamespaceStatus> = object<NamespaceStatus>(
  "io.k8s.api.core.v1.NamespaceStatus",
  () => ({
    phase: optional(named<NamespacePhase>("v1.NamespacePhase")),
    conditions: optional(
      list(namespaceCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
  }),
);

/** A room for names. */
export interface Namespace extends KubeObject {
  /** What keeps it. */
  spec?: NamespaceSpec;
  /** Its state. */
  status?: NamespaceStatus;
}

/** Schema of {@linkcode Namespace}. */
export const namespace: Field<Namespace> = object<Namespace>(
  "io.k8s.api.core.v1.Namespace",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: namespaceSpec,
    status: namespaceStatus,
  }),
);

/** Rooms for names. */
export const namespaces: Kind<Namespace> = defineKind({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
  shortNames: ["ns"],
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  subresources: ["status", "finalize"],
  nameRule: dnsLabel,
  type: namespace,
  setDefaults({ metadata, status }) {
    if (metadata.name !== undefined) {
      metadata.labels ??= {};
      metadata.labels["kubernetes.io/metadata.name"] = metadata.name;
    }
    if (status !== undefined) status.phase ??= "Active";
  },
  fieldSelectors: ["status.phase", "name"],
  selectableFields: ({ metadata, status }) => ({
    "status.phase": status?.phase ?? "",
    name: metadata.name ?? "",
  }),
  prepareForCreate(object) {
    object.status = { phase: "Active" };
    object.spec ??= {};
    const finalizers = object.spec.finalizers ??= [];
    if (!finalizers.includes("kubernetes")) finalizers.push("kubernetes");
  },
  prepareForUpdate(next, previous) {
    if (previous.spec === undefined) delete next.spec;
    else next.spec = previous.spec;
  },
  validateStatusUpdate({ metadata, status }) {
    const expected = metadata.deletionTimestamp === undefined
      ? "Active"
      : "Terminating";
    if (status?.phase === expected) return [];
    const when = expected === "Active" ? "is empty" : "is not empty";
    return [
      invalidValue(
        "status.Phase",
        status?.phase ?? "",
        `may only be '${expected}' if \`deletionTimestamp\` ${when}`,
      ),
    ];
  },
  columns: [
    nameColumn(),
    column("Status", ({ status }) => status?.phase ?? "", {
      description: "The phase of the namespace",
    }),
    ageColumn(),
  ],
});

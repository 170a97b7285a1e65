import { column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Kind } from "../kind.ts";
import { type KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  named,
  object,
  optional,
  str,
  typeMeta,
} from "../schema/words.ts";

/** How one part of the control plane fares. */
export interface ComponentCondition {
  /** Name of the aspect: `Healthy`. */
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** What it said about itself. */
  message?: string;
  /** What went wrong when it was asked. */
  error?: string;
}

/** Schema of {@linkcode ComponentCondition}. */
export const componentCondition: Field<ComponentCondition> = object<
  ComponentCondition
>(
  "io.k8s.api.core.v1.ComponentCondition",
  () => ({
    type: named("v1.ComponentConditionType"),
    status: named("v1.ConditionStatus"),
    message: optional(str),
    error: optional(str),
  }),
);

/** How a part of the control plane fares; superseded by the health paths of the server. */
export interface ComponentStatus extends KubeObject {
  /** What is known of it. */
  conditions?: ComponentCondition[];
}

/** Schema of {@linkcode ComponentStatus}. */
export const componentStatus: Field<ComponentStatus> = object<ComponentStatus>(
  "io.k8s.api.core.v1.ComponentStatus",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    conditions: optional(
      list(componentCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
  }),
);

function healthy({ conditions }: ComponentStatus) {
  return conditions?.find(({ type }) => type === "Healthy");
}

/** Parts of the control plane; not stored, each answer is made when it is asked for. */
export const componentStatuses: Kind<ComponentStatus> = defineKind({
  group: "",
  version: "v1",
  kind: "ComponentStatus",
  plural: "componentstatuses",
  namespaced: false,
  shortNames: ["cs"],
  verbs: ["get", "list"],
  deprecation: "v1 ComponentStatus is deprecated in v1.19+",
  type: componentStatus,
  columns: [
    nameColumn(),
    column("Status", (object) => {
      const condition = healthy(object);
      if (condition === undefined) return "Unknown";
      return condition.status === "True" ? "Healthy" : "Unhealthy";
    }, { description: "How the part fares" }),
    column("Message", (object) => healthy(object)?.message ?? "", {
      description: "What it said about itself",
    }),
    column("Error", (object) => healthy(object)?.error ?? "", {
      description: "What went wrong when it was asked",
    }),
  ],
});

import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import {
  validateControllerRevision,
  validateControllerRevisionUpdate,
} from "../validation/controller_revision.ts";
import type { Kind } from "../kind.ts";
import { type KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  anyValue,
  type Field,
  int64,
  object,
  optional,
  typeMeta,
} from "../schema/words.ts";

/** A former state of a workload, kept so that one can go back to it. */
export interface ControllerRevision extends KubeObject {
  /** The state. */
  data?: unknown;
  /** Counts the states. */
  revision: number;
}

/** Schema of {@linkcode ControllerRevision}. */
export const controllerRevision: Field<ControllerRevision> = object<
  ControllerRevision
>(
  "io.k8s.api.apps.v1.ControllerRevision",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    data: optional(anyValue as Field<NonNullable<unknown>>),
    revision: int64,
  }),
);

/** The owner that manages an object, as `daemonset.apps/web`. */
function controllerText({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find((o) => o.controller === true);
  if (owner === undefined) return "<none>";
  const slash = owner.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : `.${owner.apiVersion.slice(0, slash)}`;
  return `${owner.kind}${group}`.toLowerCase() + `/${owner.name}`;
}

/** Former states of workloads. */
export const controllerRevisions: Kind<ControllerRevision> = defineKind({
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  namespaced: true,
  type: controllerRevision,
  validate: validateControllerRevision,
  validateUpdate: validateControllerRevisionUpdate,
  columns: [
    nameColumn(),
    column("Controller", controllerText, {
      description: "The workload that it is a state of",
    }),
    column("Revision", ({ revision }) => revision, {
      description: "Counts the states",
    }),
    ageColumn(),
  ],
});

import { schemaOf } from "./schema.ts";
import type { Schema } from "./kind.ts";
import {
  bool,
  type Field,
  int64,
  list,
  named,
  object,
  optional,
  pointer,
  str,
  typeMeta,
  uid,
} from "./schema/words.ts";

/** Preconditions. */
export interface Preconditions {
  uid?: string;
  resourceVersion?: string;
}

/** Schema of {@linkcode Preconditions}. */
export const preconditions: Field<Preconditions> = object<Preconditions>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions",
  () => ({
    uid: pointer(uid),
    resourceVersion: pointer(str),
  }),
);

/** DeleteOptions. */
export interface DeleteOptions {
  kind?: string;
  apiVersion?: string;
  gracePeriodSeconds?: number;
  preconditions?: Preconditions;
  orphanDependents?: boolean;
  propagationPolicy?: string;
  dryRun?: string[];
  ignoreStoreReadErrorWithClusterBreakingPotential?: boolean;
}

/** Schema of {@linkcode DeleteOptions}. */
export const deleteOptions: Field<DeleteOptions> = object<DeleteOptions>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
  () => ({
    ...typeMeta,
    gracePeriodSeconds: pointer(int64),
    preconditions: pointer(preconditions),
    orphanDependents: pointer(bool),
    propagationPolicy: pointer(named("v1.DeletionPropagation")),
    dryRun: optional(list(str, { type: "atomic" })),
    ignoreStoreReadErrorWithClusterBreakingPotential: pointer(bool),
  }),
);

/** Decodes the body of a delete. */
export const deleteOptionsSchema: Schema<DeleteOptions> = schemaOf(
  deleteOptions,
);

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

/** What must be true of an object for a deletion to happen. */
export interface Preconditions {
  /** Its UID. */
  uid?: string;
  /** Its version. */
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

/** How an object is to be deleted. */
export interface DeleteOptions {
  /** `DeleteOptions`. */
  kind?: string;
  /** `v1`, or that of the object's group. */
  apiVersion?: string;
  /** Seconds that the object may take to end; 0 is at once, absent is its own default. */
  gracePeriodSeconds?: number;
  /** What must be true of the object. */
  preconditions?: Preconditions;
  /** Deprecated: use `propagationPolicy`. */
  orphanDependents?: boolean;
  /** What happens to dependents: `Orphan`, `Background` or `Foreground`. */
  propagationPolicy?: string;
  /** `All`: everything is checked, nothing is deleted. */
  dryRun?: string[];
  /** Deletes an object that cannot be read any more, without its finalizers. */
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

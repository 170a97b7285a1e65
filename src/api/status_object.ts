import { type ListMeta, listMeta } from "./meta.ts";
import {
  type Field,
  int32,
  list,
  named,
  object,
  optional,
  pointer,
  str,
  typeMeta,
  uid,
} from "./schema/words.ts";

/** StatusCause. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** Schema of {@linkcode StatusCause}. */
export const statusCause: Field<StatusCause> = object<StatusCause>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause",
  () => ({
    reason: optional(named("v1.CauseType")),
    message: optional(str),
    field: optional(str),
  }),
);

/** StatusDetails. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** Schema of {@linkcode StatusDetails}. */
export const statusDetails: Field<StatusDetails> = object<StatusDetails>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails",
  () => ({
    name: optional(str),
    group: optional(str),
    kind: optional(str),
    uid: optional(uid),
    causes: optional(list(statusCause, { type: "atomic" })),
    retryAfterSeconds: optional(int32),
  }),
);

/** Status. */
export interface Status {
  kind?: string;
  apiVersion?: string;
  metadata: ListMeta;
  status?: string;
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

/** Schema of {@linkcode Status}. */
export const status: Field<Status> = object<Status>(
  "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
  () => ({
    ...typeMeta,
    metadata: listMeta,
    status: optional(str),
    message: optional(str),
    reason: optional(named("v1.StatusReason")),
    details: pointer(statusDetails),
    code: optional(int32),
  }),
);

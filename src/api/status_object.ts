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

/** One of the reasons of a failure. */
export interface StatusCause {
  /** What kind of reason, in one word. */
  reason?: string;
  /** The reason, for people. */
  message?: string;
  /** The field that it is about, for example `spec.containers[0].name`. */
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

/** More about a failure. */
export interface StatusDetails {
  /** Name of the object that it is about. */
  name?: string;
  /** Its group. */
  group?: string;
  /** Its kind or resource. */
  kind?: string;
  /** Its UID. */
  uid?: string;
  /** All reasons, when there are several. */
  causes?: StatusCause[];
  /** After how many seconds a client may try again. */
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

/** The answer to a request that gives no object. */
export interface Status {
  /** `Status`. */
  kind?: string;
  /** `v1`. */
  apiVersion?: string;
  /** Empty. */
  metadata: ListMeta;
  /** `Success` or `Failure`. */
  status?: string;
  /** What happened, for people. */
  message?: string;
  /** What happened, in one word, for programs. */
  reason?: string;
  /** More about it. */
  details?: StatusDetails;
  /** The HTTP status code. */
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

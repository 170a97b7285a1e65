import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  int64,
  list,
  notNeeded,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
  uid,
} from "../schema/words.ts";

/** The object that a token ends with. */
export interface BoundObjectReference {
  /** `Pod`, `Secret` or `Node`. */
  kind?: string;
  /** Its group and version. */
  apiVersion?: string;
  /** Its name. */
  name?: string;
  /** Its UID. */
  uid?: string;
}

/** Schema of {@linkcode BoundObjectReference}. */
export const boundObjectReference: Field<BoundObjectReference> = object<
  BoundObjectReference
>(
  "io.k8s.api.authentication.v1.BoundObjectReference",
  () => ({
    kind: optional(str),
    apiVersion: optional(str),
    name: optional(str),
    uid: optional(uid),
  }),
);

/** What kind of token is wished for. */
export interface TokenRequestSpec {
  /** Who may take the token; the server itself when empty. */
  audiences: string[];
  /** How long it should live. Default: 3600; the server may choose otherwise. */
  expirationSeconds?: number;
  /** The object that it ends with. */
  boundObjectRef?: BoundObjectReference;
}

/** Schema of {@linkcode TokenRequestSpec}. */
export const tokenRequestSpec: Field<TokenRequestSpec> = object<
  TokenRequestSpec
>(
  "io.k8s.api.authentication.v1.TokenRequestSpec",
  () => ({
    audiences: notNeeded(list(str, { type: "atomic" })),
    expirationSeconds: pointer(int64),
    boundObjectRef: pointer(boundObjectReference),
  }),
);

/** A token. */
export interface TokenRequestStatus {
  /** The token. */
  token: string;
  /** When it ends. */
  expirationTimestamp: string;
}

/** Schema of {@linkcode TokenRequestStatus}. */
export const tokenRequestStatus: Field<TokenRequestStatus> = object<
  TokenRequestStatus
>(
  "io.k8s.api.authentication.v1.TokenRequestStatus",
  () => ({
    token: notNeeded(str),
    expirationTimestamp: notNeeded(time),
  }),
);

/** Asks for a token of a service account. */
export interface TokenRequest extends KubeObject {
  /** What kind of token is wished for. */
  spec: TokenRequestSpec;
  /** The token; filled in by the server. */
  status?: TokenRequestStatus;
}

/** Schema of {@linkcode TokenRequest}. */
export const tokenRequest: Field<TokenRequest> = object<TokenRequest>(
  "io.k8s.api.authentication.v1.TokenRequest",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: tokenRequestSpec,
    status: tokenRequestStatus,
  }),
);

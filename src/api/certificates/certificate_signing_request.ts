import { csrColumns } from "../columns/certificate_signing_request.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { formatTime } from "../time.ts";
import {
  bytes,
  type Field,
  int32,
  list,
  map,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

import {
  csrName,
  validateCsr,
  validateCsrUpdate,
} from "../validation/certificate_signing_request.ts";

/** Which certificate is wished for, and by whom. Cannot change. */
export interface CertificateSigningRequestSpec {
  /** The request (PKCS #10) in PEM, as base64. */
  request: string;
  /** Who is to sign, as a domain with a path. */
  signerName: string;
  /** How long the certificate should be valid, at least 600; the signer may choose otherwise. */
  expirationSeconds?: number;
  /** What the key may be used for, for example `client auth`. */
  usages?: string[];
  /** Who asks; set by the server. */
  username?: string;
  /** UID of who asks; set by the server. */
  uid?: string;
  /** Groups of who asks; set by the server. */
  groups?: string[];
  /** What else is known of who asks; set by the server. */
  extra?: Record<string, string[]>;
}

/** Schema of {@linkcode CertificateSigningRequestSpec}. */
export const certificateSigningRequestSpec: Field<
  CertificateSigningRequestSpec
> = object<CertificateSigningRequestSpec>(
  "io.k8s.api.certificates.v1.CertificateSigningRequestSpec",
  () => ({
    request: bytes,
    signerName: str,
    expirationSeconds: pointer(int32),
    usages: optional(list(named("v1.KeyUsage"), { type: "atomic" })),
    username: optional(str),
    uid: optional(str),
    groups: optional(list(str, { type: "atomic" })),
    extra: optional(map(list(str))),
  }),
);

/** One aspect of a request's state. */
export interface CertificateSigningRequestCondition {
  /** `Approved`, `Denied` or `Failed`. */
  type: string;
  /** `True`, `False` or `Unknown`; the first two types are only ever `True`. */
  status: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
  message?: string;
  /** When it was last looked at. */
  lastUpdateTime?: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
}

/** Schema of {@linkcode CertificateSigningRequestCondition}. */
export const certificateSigningRequestCondition: Field<
  CertificateSigningRequestCondition
> = object<CertificateSigningRequestCondition>(
  "io.k8s.api.certificates.v1.CertificateSigningRequestCondition",
  () => ({
    type: named("v1.RequestConditionType"),
    status: named("v1.ConditionStatus"),
    reason: optional(str),
    message: optional(str),
    lastUpdateTime: optional(time),
    lastTransitionTime: optional(time),
  }),
);

/** What became of a request. */
export interface CertificateSigningRequestStatus {
  /** Aspects of its state. */
  conditions?: CertificateSigningRequestCondition[];
  /** The certificate chain in PEM, as base64. */
  certificate?: string;
}

/** Schema of {@linkcode CertificateSigningRequestStatus}. */
export const certificateSigningRequestStatus: Field<
  CertificateSigningRequestStatus
> = object<CertificateSigningRequestStatus>(
  "io.k8s.api.certificates.v1.CertificateSigningRequestStatus",
  () => ({
    conditions: optional(
      list(certificateSigningRequestCondition, { type: "map", keys: ["type"] }),
    ),
    certificate: optional(bytes),
  }),
);

/** Asks for a certificate; somebody approves it and a signer signs. */
export interface CertificateSigningRequest extends KubeObject {
  /** Which certificate, and by whom it is asked for. */
  spec: CertificateSigningRequestSpec;
  /** What became of it. */
  status?: CertificateSigningRequestStatus;
}

/** Schema of {@linkcode CertificateSigningRequest}. */
export const certificateSigningRequest: Field<CertificateSigningRequest> =
  object<CertificateSigningRequest>(
    "io.k8s.api.certificates.v1.CertificateSigningRequest",
    () => ({
      ...typeMeta,
      metadata: objectMeta,
      spec: needed(certificateSigningRequestSpec),
      status: certificateSigningRequestStatus,
    }),
  );

/** Gives new conditions their times; one that says what it said before keeps the time of its last transition. */
function stampConditions(
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
  now: number,
): void {
  for (const condition of next.status?.conditions ?? []) {
    const { type, status } = condition;
    const before = previous.status?.conditions?.find((c) =>
      c.type === type && c.status === status
    );
    const time = formatTime(now);
    condition.lastUpdateTime ??= time;
    condition.lastTransitionTime ??= before?.lastTransitionTime ?? time;
  }
}

/** A signer does not touch decisions: those that are there stay as they are. */
function keepDecisions(
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
): void {
  const conditions = next.status?.conditions ?? [];
  const kept = previous.status?.conditions ?? [];
  for (const type of ["Approved", "Denied"]) {
    const before = kept.filter((c) => c.type === type);
    if (conditions.filter((c) => c.type === type).length !== before.length) {
      continue;
    }
    for (const [i, condition] of conditions.entries()) {
      if (condition.type === type) conditions[i] = before.shift()!;
    }
  }
}

/** Requests for certificates. */
export const certificateSigningRequests: Kind<CertificateSigningRequest> =
  defineKind({
    group: "certificates.k8s.io",
    version: "v1",
    kind: "CertificateSigningRequest",
    plural: "certificatesigningrequests",
    namespaced: false,
    shortNames: ["csr"],
    subresources: ["status", "approval"],
    type: certificateSigningRequest,
    nameRule: csrName,
    prepareForCreate({ spec }, { user }) {
      const { name, uid = "", groups, extra = {} } = user;
      spec.username = name;
      if (uid === "") delete spec.uid;
      else spec.uid = uid;
      if (groups.length === 0) delete spec.groups;
      else spec.groups = [...groups];
      delete spec.extra;
      for (const [key, values] of Object.entries(extra)) {
        (spec.extra ??= {})[key] = [...values];
      }
    },
    prepareForUpdate(next, previous) {
      next.spec = previous.spec;
    },
    prepareForStatusUpdate(next, previous, { now }) {
      keepDecisions(next, previous);
      stampConditions(next, previous, now);
    },
    validate: validateCsr,
    validateStatusUpdate: (next, previous) =>
      validateCsrUpdate(next, previous, { issues: true }),
    parts: {
      approval: {
        prepareForUpdate(next, previous, { now }) {
          stampConditions(next, previous, now);
          const { conditions } = next.status ?? {};
          next.spec = previous.spec;
          next.status = { ...previous.status };
          if (conditions === undefined) delete next.status.conditions;
          else next.status.conditions = conditions;
        },
        validateUpdate: (next, previous) =>
          validateCsrUpdate(next, previous, { decides: true }),
      },
    },
    fieldSelectors: ["spec.signerName"],
    selectableFields: ({ spec }) => ({ "spec.signerName": spec.signerName }),
    columns: csrColumns,
  });

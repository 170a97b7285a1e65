/**
 * {@linkcode CertificateSigningReconciler}: signs approved requests for certificates of the cluster's own authority, and clears requests away.
 *
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers}
 * @module
 */
import type { Host } from "../base/host.ts";
import {
  type CertificateRequestInfo,
  type IssuePolicy,
  readCertificateRequest,
} from "../base/certificate_request.ts";
import {
  decodeBase64,
  decodeText,
  encodeBase64,
  encodeText,
} from "../base/bytes.ts";
import { messageOf } from "../base/errors.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestStatus,
} from "../api/certificates/certificate_signing_request.ts";
import { isApiError } from "../api/status.ts";
import { epochMs, formatTime } from "../api/time.ts";
import type { Client, Informer } from "../client/client.ts";
import { CERTIFICATE_SIGNING_REQUESTS } from "../client/resources.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";
import { checkSigner, isOurSigner } from "./certificate_signers.ts";

/** Issues a certificate. Only the server has the authority's key. @returns PEM */
export type CertificateIssuer = (
  request: CertificateRequestInfo,
  policy: IssuePolicy,
) => string;

/** What a {@linkcode CertificateSigningReconciler} works with. */
export interface CertificateSigningParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All of them. */
  readonly requests: Informer<CertificateSigningRequest>;
  /** Signs. */
  readonly issue: CertificateIssuer;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Certificates live for a year, unless a shorter time is asked for. */
const LONGEST_LIFE_MS = 365 * 24 * HOUR_MS;
const SHORTEST_LIFE_MS = 10 * MINUTE_MS;
/** They begin a little before they are made, for clocks that are late. */
const BACKDATE_MS = 5 * MINUTE_MS;
/** From this life on they end as much earlier. */
const SHORT_LIFE_MS = 8 * HOUR_MS;
/** Requests that are answered stay for so long; others for a day. */
const ANSWERED_KEEP_MS = HOUR_MS;
const PENDING_KEEP_MS = 24 * HOUR_MS;

/** See the module. */
export class CertificateSigningReconciler implements Reconciler {
  readonly name = "certificate-signing";
  readonly #host: Host;
  readonly #parts: CertificateSigningParts;

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: CertificateSigningParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const request = this.#parts.requests.get(key);
    if (request === undefined) return;
    const status = this.#answer(request);
    if (status !== undefined) {
      return await this.#write({ ...request, status }, signal);
    }
    const leftMs = keptUntilMs(request) - this.#host.clock.now();
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    await this.#remove(request, signal);
  }

  /** The status that a request should get now; undefined when there is nothing to do. */
  #answer(
    request: CertificateSigningRequest,
  ): CertificateSigningRequestStatus | undefined {
    const { spec, status = {} } = request;
    const waits = isTrue(request, "Approved") && !isTrue(request, "Failed") &&
      !isTrue(request, "Denied") && !status.certificate;
    if (!waits || !isOurSigner(spec.signerName)) return undefined;
    const now = this.#host.clock.now();
    try {
      const pem = decodeText(decodeBase64(spec.request));
      const info = readCertificateRequest(this.#host.crypto, pem);
      checkSigner(spec.signerName, { info, usages: spec.usages ?? [] });
      const certificate = this.#parts.issue(info, {
        usages: spec.usages ?? [],
        ...validity(now, spec.expirationSeconds),
      });
      return { ...status, certificate: encodeBase64(encodeText(certificate)) };
    } catch (error) {
      return {
        ...status,
        conditions: [...status.conditions ?? [], {
          type: "Failed",
          status: "True",
          reason: "SignerValidationFailure",
          message: messageOf(error),
          lastUpdateTime: formatTime(now),
        }],
      };
    }
  }

  async #write(
    request: CertificateSigningRequest,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#parts.client.update(CERTIFICATE_SIGNING_REQUESTS, request, {
        subresource: "status",
        signal,
      });
    } catch (error) {
      // Its change or end comes by itself.
      if (!isApiError(error, "NotFound") && !isApiError(error, "Conflict")) {
        throw error;
      }
    }
  }

  async #remove(
    { metadata }: CertificateSigningRequest,
    signal: AbortSignal,
  ): Promise<void> {
    const { name = "", uid } = metadata;
    try {
      await this.#parts.client.delete(CERTIFICATE_SIGNING_REQUESTS, { name }, {
        ...uid === undefined ? {} : { preconditions: { uid } },
        signal,
      });
    } catch (error) {
      if (!isApiError(error, "NotFound") && !isApiError(error, "Conflict")) {
        throw error;
      }
    }
  }
}

function isTrue(
  { status }: CertificateSigningRequest,
  type: string,
): boolean {
  return (status?.conditions ?? []).some((condition) =>
    condition.type === type && condition.status === "True"
  );
}

function validity(
  now: number,
  seconds: number | undefined,
): { notBeforeMs: number; notAfterMs: number } {
  const askedMs = seconds === undefined ? LONGEST_LIFE_MS : seconds * 1000;
  const lifeMs = Math.min(
    LONGEST_LIFE_MS,
    Math.max(SHORTEST_LIFE_MS, askedMs),
  );
  return {
    notBeforeMs: now - BACKDATE_MS,
    notAfterMs: now + lifeMs - (lifeMs < SHORT_LIFE_MS ? 0 : BACKDATE_MS),
  };
}

/** When a request is cleared away. */
function keptUntilMs(request: CertificateSigningRequest): number {
  const { metadata, status } = request;
  const conditions = status?.conditions ?? [];
  const since = (type: string) => {
    const found = conditions.find((condition) => condition.type === type);
    return epochMs(found?.lastUpdateTime ?? metadata.creationTimestamp!);
  };
  for (const type of ["Denied", "Failed"]) {
    if (isTrue(request, type)) return since(type) + ANSWERED_KEEP_MS;
  }
  if (isTrue(request, "Approved")) {
    return since("Approved") +
      (status?.certificate ? ANSWERED_KEEP_MS : PENDING_KEEP_MS);
  }
  return epochMs(metadata.creationTimestamp!) + PENDING_KEEP_MS;
}

/**
 * {@linkcode CertificateApprovalReconciler}: approves what kubelets ask for themselves, if they may.
 *
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#approval-controller}
 * @module
 */
import type { SubjectAccessReview } from "../api/authorization/subject_access_review.ts";
import type { CertificateSigningRequest } from "../api/certificates/certificate_signing_request.ts";
import { isApiError } from "../api/status.ts";
import { formatTime } from "../api/time.ts";
import {
  type CertificateRequestInfo,
  readCertificateRequest,
} from "../base/certificate_request.ts";
import { decodeBase64, decodeText } from "../base/bytes.ts";
import type { Host } from "../base/host.ts";
import type { Client, Informer } from "../client/client.ts";
import {
  CERTIFICATE_SIGNING_REQUESTS,
  NODES,
  SECRETS,
  SUBJECT_ACCESS_REVIEWS,
} from "../client/resources.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";
import { checkSigner } from "./certificate_signers.ts";

/** The signer of kubelets' certificates. */
const SIGNER = "kubernetes.io/kube-apiserver-client-kubelet";
/** What a node's user is called before its name. */
const NODE_PREFIX = "system:node:";
/** When a request is looked at again whose sender may not have it: the right may come. */
const LOOK_AGAIN_MS = 60_000;

/** What a {@linkcode CertificateApprovalReconciler} works with. */
export interface CertificateApprovalParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All of them. */
  readonly requests: Informer<CertificateSigningRequest>;
}

/** What a kubelet asks for, the right that it takes, and the words of the approval. */
interface Recognised {
  readonly subresource: "selfnodeclient" | "nodeclient";
  readonly message: string;
}

const OWN: Recognised = {
  subresource: "selfnodeclient",
  message:
    "Auto approving self kubelet client certificate after SubjectAccessReview.",
};
const FIRST: Recognised = {
  subresource: "nodeclient",
  message:
    "Auto approving kubelet client certificate after SubjectAccessReview.",
};

/**
 * See the module. Unlike Kubernetes it leaves the first certificate of a node that is there already to a person: a join token must not be enough to become
 * another node, with its Secrets.
 */
export class CertificateApprovalReconciler implements Reconciler {
  readonly name = "certificate-approval";
  readonly #host: Host;
  readonly #parts: CertificateApprovalParts;

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: CertificateApprovalParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const request = this.#parts.requests.get(key);
    if (request === undefined || isAnswered(request)) return;
    if (request.spec.signerName !== SIGNER) return;
    const info = this.#nodeClient(request);
    if (info === undefined) return;
    const recognised = info.commonName === request.spec.username ? OWN : FIRST;
    const node = info.commonName.slice(NODE_PREFIX.length);
    if (recognised === FIRST && await this.#isThere(node, signal)) {
      this.#host.log(
        "warn",
        "A certificate is asked for a node that is there",
        {
          request: key,
          node,
          by: request.spec.username,
        },
      );
      return { requeueAfterMs: LOOK_AGAIN_MS };
    }
    if (!await this.#isAllowed(request, { recognised, signal })) {
      return { requeueAfterMs: LOOK_AGAIN_MS };
    }
    await this.#approve(request, { recognised, signal });
  }

  /** What is asked for, if it is what a kubelet may ask for. */
  #nodeClient(
    { spec }: CertificateSigningRequest,
  ): CertificateRequestInfo | undefined {
    try {
      const pem = decodeText(decodeBase64(spec.request));
      const info = readCertificateRequest(this.#host.crypto, pem);
      checkSigner(SIGNER, { info, usages: spec.usages ?? [] });
      return info;
    } catch {
      return undefined; // it is the signer's to say what is wrong, should somebody approve it
    }
  }

  async #isThere(node: string, signal: AbortSignal): Promise<boolean> {
    const { client } = this.#parts;
    const identity = {
      name: `node-identity-${node}`,
      namespace: "kube-system",
    };
    const found = [
      client.get(NODES, { name: node }, signal),
      client.get(SECRETS, identity, signal),
    ].map(async (asked) => {
      try {
        await asked;
        return true;
      } catch (error) {
        if (isApiError(error, "NotFound")) return false;
        throw error;
      }
    });
    return (await Promise.all(found)).includes(true);
  }

  async #isAllowed(
    { spec }: CertificateSigningRequest,
    { recognised, signal }: { recognised: Recognised; signal: AbortSignal },
  ): Promise<boolean> {
    const review: SubjectAccessReview = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      metadata: {},
      spec: {
        user: spec.username ?? "",
        groups: spec.groups ?? [],
        ...(spec.uid && { uid: spec.uid }),
        ...(spec.extra && { extra: spec.extra }),
        resourceAttributes: {
          group: "certificates.k8s.io",
          resource: "certificatesigningrequests",
          verb: "create",
          subresource: recognised.subresource,
        },
      },
    };
    const { status } = await this.#parts.client.create(
      SUBJECT_ACCESS_REVIEWS,
      review,
      { signal },
    );
    return status?.allowed ?? false;
  }

  async #approve(
    request: CertificateSigningRequest,
    { recognised, signal }: { recognised: Recognised; signal: AbortSignal },
  ): Promise<void> {
    const now = formatTime(this.#host.clock.now());
    const { status = {} } = request;
    try {
      await this.#parts.client.update(CERTIFICATE_SIGNING_REQUESTS, {
        ...request,
        status: {
          ...status,
          conditions: [...status.conditions ?? [], {
            type: "Approved",
            status: "True",
            reason: "AutoApproved",
            message: recognised.message,
            lastUpdateTime: now,
          }],
        },
      }, { subresource: "approval", signal });
    } catch (error) {
      // Its change or end comes by itself.
      if (!isApiError(error, "NotFound") && !isApiError(error, "Conflict")) {
        throw error;
      }
    }
  }
}

function isAnswered({ status }: CertificateSigningRequest): boolean {
  return Boolean(status?.certificate) ||
    (status?.conditions ?? []).some(({ type }) =>
      type === "Approved" || type === "Denied"
    );
}

/**
 * The signers whose requests this cluster's authority signs, and what each of them takes.
 *
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers}
 * @module
 */
import type { CertificateRequestInfo } from "../base/certificate_request.ts";

/** What is asked for. */
export interface SignerRequest {
  /** Who wants a certificate, for what names. */
  readonly info: CertificateRequestInfo;
  /** What for. */
  readonly usages: readonly string[];
}

const SIGNERS: Readonly<Record<string, (request: SignerRequest) => void>> = {
  "kubernetes.io/kube-apiserver-client": checkClient,
  "kubernetes.io/kube-apiserver-client-kubelet": checkNodeClient,
  "kubernetes.io/kubelet-serving": checkNodeServer,
};

/** Whether we sign for a signer of this name. */
export function isOurSigner(signerName: string): boolean {
  return Object.hasOwn(SIGNERS, signerName);
}

/** Holds a request against what a signer takes. @throws {Error} in Kubernetes' words when it does not */
export function checkSigner(signerName: string, request: SignerRequest): void {
  SIGNERS[signerName]?.(request);
}

function checkClient({ usages }: SignerRequest): void {
  const known = ["digital signature", "key encipherment", "client auth"];
  const strange = usages.find((usage) => !known.includes(usage));
  if (strange !== undefined) {
    refuse(`invalid usage for client certificate: ${strange}`);
  }
  if (!usages.includes("client auth")) {
    refuse("missing required usage for client certificate: client auth");
  }
}

function checkNodeClient({ info, usages }: SignerRequest): void {
  checkOrganization(info);
  if (info.dnsNames.length > 0) refuse("DNS subjectAltNames are not allowed");
  if (info.emails.length > 0) refuse("Email subjectAltNames are not allowed");
  if (info.ipAddresses.length > 0) refuse("IP subjectAltNames are not allowed");
  if (info.uris.length > 0) refuse("URI subjectAltNames are not allowed");
  checkName(info);
  checkUsages(usages, "client auth");
}

function checkNodeServer({ info, usages }: SignerRequest): void {
  checkOrganization(info);
  if (info.dnsNames.length === 0 && info.ipAddresses.length === 0) {
    refuse("DNS or IP subjectAltName is required");
  }
  if (info.emails.length > 0) refuse("Email subjectAltNames are not allowed");
  if (info.uris.length > 0) refuse("URI subjectAltNames are not allowed");
  checkUsages(usages, "server auth");
  checkName(info);
}

function checkOrganization({ organizations }: CertificateRequestInfo): void {
  if (organizations.length !== 1 || organizations[0] !== "system:nodes") {
    refuse("subject organization is not system:nodes");
  }
}

function checkName({ commonName }: CertificateRequestInfo): void {
  if (!commonName.startsWith("system:node:")) {
    refuse("subject common name does not begin with system:node:");
  }
}

/** RSA keys need one usage more than others; which of them it is, is left to the client. */
function checkUsages(usages: readonly string[], purpose: string): void {
  const required = [purpose, "digital signature", "key encipherment"].sort();
  const rest = required.filter((usage) => usage !== "key encipherment");
  const given = [...new Set(usages)].sort().join();
  if (given !== required.join() && given !== rest.join()) {
    refuse(`usages did not match [${required.join(" ")}]`);
  }
}

/** The texts are Kubernetes' own, lower case and all. */
function refuse(why: string): never {
  throw new Error(why);
}

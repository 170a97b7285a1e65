/**
 * The columns of requests for certificates.
 *
 * @module
 */
import type { CertificateSigningRequest } from "../certificates/certificate_signing_request.ts";
import { humanDuration } from "../duration.ts";
import type { Column } from "../kind.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

/** What became of a request: `Approved,Issued`. */
export function csrStatusText({ status }: CertificateSigningRequest): string {
  const types = new Set((status?.conditions ?? []).map((c) => c.type));
  return [
    types.has("Denied")
      ? "Denied"
      : types.has("Approved")
      ? "Approved"
      : "Pending",
    ...(types.has("Failed") ? ["Failed"] : []),
    ...(status?.certificate === undefined ? [] : ["Issued"]),
  ].join(",");
}

/** Columns of CertificateSigningRequests. */
export const csrColumns: readonly Column<CertificateSigningRequest>[] = [
  nameColumn(),
  ageColumn(),
  column("SignerName", ({ spec }) => spec.signerName || "<none>", {
    description: "Who is to sign",
  }),
  column("Requestor", ({ spec }) => spec.username ?? "", {
    description: "Who asks",
  }),
  column(
    "RequestedDuration",
    ({ spec: { expirationSeconds } }) =>
      expirationSeconds === undefined
        ? "<none>"
        : humanDuration(expirationSeconds * 1000),
    { description: "How long the certificate should be valid" },
  ),
  column("Condition", csrStatusText, { description: "What became of it" }),
];

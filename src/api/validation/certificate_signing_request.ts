/**
 * The rules of requests for certificates. They follow `pkg/apis/certificates/validation` of Kubernetes; whether a request is signed with its own key is
 * left to the signer, who needs cryptography anyway.
 *
 * @module
 */
import { readDer, readDerItems } from "../../base/der_reader.ts";
import { decodePem } from "../../base/pem.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
} from "../certificates/certificate_signing_request.ts";
import { sameJson } from "../equal.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { jsonDiff } from "./json_diff.ts";
import type { NameRule } from "./names.ts";
import { validateSignerName } from "./signer_name.ts";
import { oneOf, repeatedPlaces } from "./values.ts";

/** Requests may be called anything. */
export const csrName: NameRule = () => [];

const MIN_LIFE_SECONDS = 600;
const LEGACY_SIGNER = "kubernetes.io/legacy-unknown";
const DECISIONS = ["Approved", "Denied"] as const;
const OUTCOMES = [...DECISIONS, "Failed"] as const;
const STATUSES = ["False", "True", "Unknown"];
const SEQUENCE = 0x30;

const USAGES = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];

/** Whether the bytes are a sequence of as many parts. */
function isSequence(bytes: Uint8Array, parts: number): boolean {
  try {
    const { tag, content, end } = readDer(bytes);
    return tag === SEQUENCE && end === bytes.length &&
      readDerItems(content).length === parts;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What is wrong with a request; "" when nothing is. */
function requestFault(base64: string): string {
  const [block] = decodePem(atob(base64));
  if (block?.label !== "CERTIFICATE REQUEST") {
    return "PEM block type must be CERTIFICATE REQUEST";
  }
  return isSequence(block.bytes, 3)
    ? ""
    : "asn1: structure error: malformed certificate request";
}

/** What is wrong with a chain of certificates; "" when nothing is. */
function chainFault(base64: string): string {
  const blocks = decodePem(atob(base64));
  for (const { label, bytes } of blocks) {
    if (label !== "CERTIFICATE") {
      return `only CERTIFICATE PEM blocks are allowed, found ${
        JSON.stringify(label)
      }`;
    }
    if (!isSequence(bytes, 3)) return "x509: malformed certificate";
  }
  return blocks.length > 0
    ? ""
    : "must contain at least one CERTIFICATE PEM block";
}

function validateSpec(spec: CertificateSigningRequestSpec): FieldError[] {
  const { request, usages = [], signerName, expirationSeconds } = spec;
  const found: FieldError[] = [];
  const fault = requestFault(request);
  if (fault !== "") {
    found.push(invalidValue("spec.request", request || null, fault));
  }
  if (usages.length === 0) found.push(required("spec.usages"));
  usages.forEach((usage, i) => {
    if (!USAGES.includes(usage)) {
      found.push(notSupported(`spec.usages[${i}]`, usage, USAGES));
    }
  });
  for (const i of repeatedPlaces(usages)) {
    found.push(duplicate(`spec.usages[${i}]`, usages[i]));
  }
  if (signerName === LEGACY_SIGNER) {
    found.push(
      invalidValue(
        "spec.signerName",
        signerName,
        "the legacy signerName is not allowed via this API version",
      ),
    );
  } else found.push(...validateSignerName("spec.signerName", signerName));
  if (expirationSeconds !== undefined && expirationSeconds < MIN_LIFE_SECONDS) {
    found.push(
      invalidValue(
        "spec.expirationSeconds",
        expirationSeconds,
        "may not specify a duration less than 600 seconds (10 minutes)",
      ),
    );
  }
  return found;
}

function conditionsOf({ status }: CertificateSigningRequest) {
  return status?.conditions ?? [];
}

function validateConditions(
  conditions: readonly CertificateSigningRequestCondition[],
): FieldError[] {
  const field = "status.conditions";
  const seen = new Set<string>();
  return conditions.flatMap(({ type, status }, i) => {
    const found = type === "" ? [required(`${field}[${i}].type`)] : [];
    const onlyTrue = (OUTCOMES as readonly string[]).includes(type);
    found.push(
      ...oneOf(`${field}[${i}].status`, status, onlyTrue ? ["True"] : STATUSES),
    );
    const other = type === "Approved"
      ? "Denied"
      : type === "Denied"
      ? "Approved"
      : undefined;
    if (other !== undefined && seen.has(other)) {
      found.push(
        invalidValue(
          field,
          type,
          "Approved and Denied conditions are mutually exclusive",
        ),
      );
    }
    if (seen.has(type)) found.push(duplicate(`${field}[${i}].type`, type));
    seen.add(type);
    return found;
  });
}

/** The rules of a CertificateSigningRequest, beside those of its metadata. */
export function validateCsr(csr: CertificateSigningRequest): FieldError[] {
  return [
    ...validateSpec(csr.spec),
    ...validateConditions(conditionsOf(csr)),
  ];
}

/** What of a request a change may set. */
export interface CsrChange {
  /** Whether it may be approved and denied. */
  readonly decides?: boolean;
  /** Whether the certificate may be given. */
  readonly issues?: boolean;
}

function ofType(csr: CertificateSigningRequest, type: string) {
  return conditionsOf(csr).filter((c) => c.type === type);
}

function validateDecisions(
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
): FieldError[] {
  const field = "status.conditions";
  return DECISIONS.flatMap((type) => {
    const before = ofType(previous, type);
    const after = ofType(next, type);
    if (after.length > before.length) {
      return [
        forbiddenField(
          field,
          `updates may not add a condition of type "${type}"`,
        ),
      ];
    }
    return after.length < before.length || sameJson(before, after) ? [] : [
      forbiddenField(
        field,
        `updates may not modify a condition of type "${type}"\n${
          jsonDiff(before, after)
        }`,
      ),
    ];
  });
}

function validateCertificate(
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
  issues: boolean,
): FieldError[] {
  const field = "status.certificate";
  const before = previous.status?.certificate;
  const after = next.status?.certificate;
  if (before === after) return [];
  if (!issues) {
    return [forbiddenField(field, "updates may not set certificate content")];
  }
  const fault = after === undefined ? "" : chainFault(after);
  return [
    ...(fault === "" ? [] : [invalidValue(field, "<certificate data>", fault)]),
    ...(before === undefined ? [] : [
      forbiddenField(
        field,
        "updates may not modify existing certificate content",
      ),
    ]),
  ];
}

/** The rules of a change of status, decision or certificate. */
export function validateCsrUpdate(
  next: CertificateSigningRequest,
  previous: CertificateSigningRequest,
  { decides = false, issues = false }: CsrChange,
): FieldError[] {
  const removed = OUTCOMES.filter((type) =>
    ofType(next, type).length < ofType(previous, type).length
  );
  return [
    ...validateConditions(conditionsOf(next)),
    ...removed.map((type) =>
      forbiddenField(
        "status.conditions",
        `updates may not remove a condition of type "${type}"`,
      )
    ),
    ...(decides ? [] : validateDecisions(next, previous)),
    ...validateCertificate(next, previous, issues),
  ];
}

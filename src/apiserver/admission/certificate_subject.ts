/**
 * Who a certificate signing request is for.
 *
 * @module
 */
import { decodeBase64, decodeText } from "../../base/bytes.ts";
import { namesOf } from "../../base/certificate_request.ts";
import { readDer, readDerItems } from "../../base/der_reader.ts";
import { decodePemBlock } from "../../base/pem.ts";

/** The part of a subject that Kubernetes looks at. */
export interface RequestSubject {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

/**
 * Reads `spec.request`, whatever key it is signed with: signers say which they take.
 *
 * @param request the PEM text as base64
 * @throws {Error} when it is none
 */
export function subjectOfRequest(request: string): RequestSubject {
  const pem = decodeText(decodeBase64(request));
  const outer = readDer(decodePemBlock(pem, "CERTIFICATE REQUEST"));
  const [info] = readDerItems(outer.content);
  // version, subject, public key, attributes
  const [, name] = readDerItems(info?.content ?? new Uint8Array());
  if (name === undefined) {
    throw new RangeError("Cannot read the request: it has no subject");
  }
  return namesOf(name);
}

/**
 * Who a certificate signing request (PKCS #10, RFC 2986) is for.
 *
 * @module
 */
import { decodeBase64, decodeText } from "../../base/bytes.ts";
import {
  derText,
  objectIdText,
  readDer,
  readDerItems,
} from "../../base/der_reader.ts";
import { decodePemBlock } from "../../base/pem.ts";

const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";

/** The part of a subject that Kubernetes looks at. */
export interface RequestSubject {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

/** Reads `spec.request`. @param request the PEM text as base64 @throws {Error} when it is none */
export function subjectOfRequest(request: string): RequestSubject {
  const pem = decodeText(decodeBase64(request));
  const outer = readDer(decodePemBlock(pem, "CERTIFICATE REQUEST"));
  const [info] = readDerItems(outer.content);
  // version, subject, public key, attributes
  const [, name] = readDerItems(info?.content ?? new Uint8Array());
  let commonName = "";
  const organizations: string[] = [];
  for (const set of readDerItems(name?.content ?? new Uint8Array())) {
    for (const pair of readDerItems(set.content)) {
      const [type, value] = readDerItems(pair.content);
      if (type === undefined || value === undefined) continue;
      const id = objectIdText(type.content);
      if (id === COMMON_NAME) commonName = derText(value);
      if (id === ORGANIZATION) organizations.push(derText(value));
    }
  }
  return { commonName, organizations };
}

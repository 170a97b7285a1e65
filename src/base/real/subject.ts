/**
 * Whom a certificate is for.
 *
 * Read from the bytes, for node:crypto gives the subject as lines of text, in which a common name that holds a line break could
 * pass for a group.
 *
 * @module
 */
import { derText, objectIdText, readDer, readDerItems } from "../der_reader.ts";
import type { CertificateInfo } from "../host.ts";

const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
/** Context tag 0: the version, which version 1 leaves out. */
const VERSION_TAG = 0xa0;

/** The subject of a certificate (RFC 5280 §4.1). @param certificate DER @throws {RangeError} {TypeError} when it is malformed */
export function subjectOf(certificate: Uint8Array): CertificateInfo["subject"] {
  const [body] = readDerItems(readDer(certificate).content);
  const fields = readDerItems(body?.content ?? new Uint8Array());
  if (fields[0]?.tag === VERSION_TAG) fields.shift();
  // serial number, algorithm, issuer, validity, subject
  const subject = fields[4];
  if (subject === undefined) throw new RangeError("No subject");
  let commonName = "";
  const organizations: string[] = [];
  for (const names of readDerItems(subject.content)) {
    for (const attribute of readDerItems(names.content)) {
      const [type, value] = readDerItems(attribute.content);
      if (type === undefined || value === undefined) {
        throw new RangeError("Incomplete name");
      }
      const id = objectIdText(type.content);
      if (id === COMMON_NAME) commonName = derText(value);
      if (id === ORGANIZATION) organizations.push(derText(value));
    }
  }
  return { commonName, organizations };
}

/**
 * Certificate signing requests (PKCS #10, RFC 2986): reading one, checking that it is signed with its own key, and issuing what it asks for.
 *
 * @module
 */
import {
  authorityKeyId,
  type CertificateMaker,
  extension,
  type KeyedCertificate,
  nameOf,
  OID,
  signCertificate,
} from "./certificates.ts";
import { concat } from "./bytes.ts";
import { bitString, type Der, objectId, sequence } from "./der.ts";
import {
  derText,
  type DerValue,
  objectIdText,
  readDer,
  readDerItems,
} from "./der_reader.ts";
import type { Cryptography } from "./host.ts";
import { decodePemBlock, encodePem } from "./pem.ts";

/** What somebody asks a certificate for. */
export interface CertificateRequestInfo {
  /** The last CN; "" without one. */
  readonly commonName: string;
  /** Every O. */
  readonly organizations: readonly string[];
  /** Host names that the certificate should be valid for. */
  readonly dnsNames: readonly string[];
  /** As the request has them: 4 or 16 bytes. */
  readonly ipAddresses: readonly Uint8Array[];
  /** Mail addresses that it should be valid for. */
  readonly emails: readonly string[];
  /** URIs that it should be valid for. */
  readonly uris: readonly string[];
  /** DER of the subject's name, as the request has it. */
  readonly subject: Der;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Der;
  /** DER of the SubjectAltName extension's value; absent when none is asked for. */
  readonly alternativeNames?: Der;
}

/** What a certificate is issued for. */
export interface IssuePolicy {
  /** In Kubernetes' words: `client auth`, `digital signature` … */
  readonly usages: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBeforeMs: number;
  /** Milliseconds since 1970. */
  readonly notAfterMs: number;
}

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
const ECDSA_SHA256 = OID.ecdsaWithSha256;
const RSA_SHA256 = "1.2.840.113549.1.1.11";
const TAGS = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87, attributes: 0xa0 };

/** Bits of the KeyUsage extension, and what they are called. */
const KEY_USAGE_BITS: Readonly<Record<string, number>> = {
  "signing": 0,
  "digital signature": 0,
  "content commitment": 1,
  "key encipherment": 2,
  "data encipherment": 3,
  "key agreement": 4,
  "cert sign": 5,
  "crl sign": 6,
  "encipher only": 7,
  "decipher only": 8,
};

/** Purposes of the ExtendedKeyUsage extension, and what they are called. */
const EXTENDED_USAGES: Readonly<Record<string, string>> = {
  "any": "2.5.29.37.0",
  "server auth": OID.serverAuth,
  "client auth": OID.clientAuth,
  "code signing": "1.3.6.1.5.5.7.3.3",
  "email protection": "1.3.6.1.5.5.7.3.4",
  "s/mime": "1.3.6.1.5.5.7.3.4",
  "ipsec end system": "1.3.6.1.5.5.7.3.5",
  "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
  "ipsec user": "1.3.6.1.5.5.7.3.7",
  "timestamping": "1.3.6.1.5.5.7.3.8",
  "ocsp signing": "1.3.6.1.5.5.7.3.9",
  "microsoft sgc": "1.3.6.1.4.1.311.10.3.3",
  "netscape sgc": "2.16.840.1.113730.4.1",
};

/**
 * Reads a request.
 *
 * @param pem `CERTIFICATE REQUEST`
 * @throws {Error} when it is malformed, or not signed with its own key by ECDSA on P-256 or RSA, with SHA-256
 */
export function readCertificateRequest(
  crypto: Cryptography,
  pem: string,
): CertificateRequestInfo {
  const bytes = decodePemBlock(pem, "CERTIFICATE REQUEST");
  const [body, algorithm, signature] = readDerItems(readDer(bytes).content);
  if (!body || !algorithm || !signature) {
    throw new RangeError("Cannot read the request: it is malformed");
  }
  const outer = readDer(bytes);
  const start = bytes.length - outer.content.length;
  const signed = bytes.slice(start, start + body.end);
  const [version, subject, publicKey, attributes] = itemsWithBytes(body);
  if (!version || !subject || !publicKey) {
    throw new RangeError("Cannot read the request: it is malformed");
  }
  check(crypto, {
    signed,
    publicKey: publicKey.bytes,
    algorithm: objectIdText(readDer(algorithm.content).content),
    // The first byte of a BIT STRING counts unused bits.
    signature: signature.content.subarray(1),
  });
  const alternativeNames = attributes && requestedNames(attributes.value);
  return {
    ...namesOf(subject.value),
    ...sortNames(alternativeNames),
    subject: subject.bytes,
    publicKey: publicKey.bytes,
    ...(alternativeNames === undefined
      ? {}
      : { alternativeNames: new Uint8Array(alternativeNames) }),
  };
}

/** Issues the certificate that is asked for. Answers PEM. @throws {Error} for a usage that nobody knows */
export function issueRequested(
  maker: CertificateMaker,
  options: {
    readonly authority: KeyedCertificate;
    readonly request: CertificateRequestInfo;
    readonly policy: IssuePolicy;
  },
): string {
  const { authority, request, policy } = options;
  const issuer = maker.crypto.readCertificate(authority.certificate);
  return signCertificate(maker, {
    issuer: nameOf(issuer.subject),
    subject: request.subject,
    publicKey: request.publicKey,
    signer: authority.privateKey,
    validity: {
      notBefore: derTime(policy.notBeforeMs),
      notAfter: derTime(policy.notAfterMs),
    },
    extensions: [
      ...usageExtensions(policy.usages),
      extension(OID.basicConstraints, sequence(), { critical: true }),
      authorityKeyId(maker, issuer.publicPem),
      ...(request.alternativeNames === undefined
        ? []
        : [extension(OID.subjectAltName, request.alternativeNames)]),
    ],
  });
}

function usageExtensions(usages: readonly string[]): Der[] {
  let bits = 0;
  const purposes = new Set<string>();
  for (const usage of usages) {
    const bit = KEY_USAGE_BITS[usage];
    const purpose = EXTENDED_USAGES[usage];
    if (bit !== undefined) bits |= 0x8000 >> bit;
    else if (purpose !== undefined) purposes.add(purpose);
    else throw new Error(`Cannot issue a certificate: usage "${usage}"`);
  }
  const found: Der[] = [];
  if (bits !== 0) {
    let unused = 0;
    while ((bits >> unused & 1) === 0) unused++;
    const bytes = unused >= 8 ? [bits >> 8] : [bits >> 8, bits & 0xff];
    found.push(
      extension(
        OID.keyUsage,
        bitString(new Uint8Array(bytes), unused % 8),
        { critical: true },
      ),
    );
  }
  if (purposes.size > 0) {
    const ids = [...purposes].map(objectId);
    found.push(extension(OID.extendedKeyUsage, sequence(...ids)));
  }
  return found;
}

/** `YYYYMMDDHHMMSSZ` */
function derTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z")
    .replace(/[-:T]/g, "");
}

/** The values in a SEQUENCE with their own bytes. */
function itemsWithBytes(
  outer: DerValue,
): { readonly value: DerValue; readonly bytes: Der }[] {
  let at = 0;
  return readDerItems(outer.content).map((value) => {
    const bytes = new Uint8Array(outer.content.slice(at, value.end));
    at = value.end;
    return { value, bytes };
  });
}

/** @throws {Error} when the signature is not the key's */
function check(crypto: Cryptography, what: {
  readonly signed: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly algorithm: string;
  readonly signature: Uint8Array;
}): void {
  const { signed: data, publicKey, algorithm } = what;
  if (algorithm !== ECDSA_SHA256 && algorithm !== RSA_SHA256) {
    throw new Error(
      `Cannot check the request's signature: algorithm ${algorithm}`,
    );
  }
  const signature = algorithm === ECDSA_SHA256
    ? sideBySide(what.signature)
    : what.signature;
  const publicPem = encodePem({ label: "PUBLIC KEY", bytes: publicKey });
  if (!crypto.verify(publicPem, { data, signature })) {
    throw new Error("The request is not signed with its own key");
  }
}

/** ECDSA's r and s, two integers in X.509, side by side as JOSE has them. */
function sideBySide(signature: Uint8Array): Uint8Array {
  const [r, s] = readDerItems(readDer(signature).content);
  const fixed = (value: DerValue | undefined) => {
    const digits = value?.content.slice(-32) ?? new Uint8Array();
    return concat([new Uint8Array(32 - digits.length), digits]);
  };
  return concat([fixed(r), fixed(s)]);
}

/** Who a name is of: the last CN, and every O. @throws {Error} when it is malformed */
export function namesOf(
  subject: DerValue,
): { commonName: string; organizations: string[] } {
  let commonName = "";
  const organizations: string[] = [];
  for (const set of readDerItems(subject.content)) {
    for (const attribute of readDerItems(set.content)) {
      const [type, value] = readDerItems(attribute.content);
      if (type === undefined || value === undefined) continue;
      const id = objectIdText(type.content);
      if (id === OID.commonName) commonName = derText(value);
      if (id === OID.organization) organizations.push(derText(value));
    }
  }
  return { commonName, organizations };
}

/** The value of the SubjectAltName extension that the attributes ask for. */
function requestedNames(attributes: DerValue): Uint8Array | undefined {
  if (attributes.tag !== TAGS.attributes) return undefined;
  for (const attribute of readDerItems(attributes.content)) {
    const [type, values] = readDerItems(attribute.content);
    if (!type || !values) continue;
    if (objectIdText(type.content) !== EXTENSION_REQUEST) continue;
    const [list] = readDerItems(values.content);
    for (const wanted of readDerItems(list?.content ?? new Uint8Array())) {
      const parts = readDerItems(wanted.content);
      const id = objectIdText(parts[0]?.content ?? new Uint8Array());
      // A BOOLEAN may say in between that it is critical.
      if (id === OID.subjectAltName) return parts.at(-1)?.content;
    }
  }
  return undefined;
}

function sortNames(alternativeNames: Uint8Array | undefined) {
  const dnsNames: string[] = [];
  const emails: string[] = [];
  const uris: string[] = [];
  const ipAddresses: Uint8Array[] = [];
  const decoder = new TextDecoder();
  const items = alternativeNames === undefined
    ? []
    : readDerItems(readDer(alternativeNames).content);
  for (const { tag, content } of items) {
    if (tag === TAGS.dns) dnsNames.push(decoder.decode(content));
    if (tag === TAGS.email) emails.push(decoder.decode(content));
    if (tag === TAGS.uri) uris.push(decoder.decode(content));
    if (tag === TAGS.ip) ipAddresses.push(content);
  }
  return { dnsNames, emails, uris, ipAddresses };
}

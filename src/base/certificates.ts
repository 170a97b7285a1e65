/**
 * Makes X.509 certificates (RFC 5280): a cluster's authority, and what it issues to servers and clients.
 *
 * All are ES256 and valid from 1970 to 9999, for identity must not lapse on a box that was off for years or whose clock is wrong;
 * trust is a matter of keys (see {@linkcode publicKeyHash}). Everything is synchronous and goes through {@linkcode Cryptography},
 * so that a simulation can order it (decision record 0002).
 *
 * @module
 */
import { concat, encodeHex } from "./bytes.ts";
import {
  bitString,
  type Der,
  objectId,
  octetString,
  sequence,
  set,
  tagged,
  time,
  TRUE,
  unsignedInteger,
  utf8String,
} from "./der.ts";
import type { Cryptography, Random, SigningKey } from "./host.ts";
import { parseIp } from "./ip.ts";
import { decodePemBlock, encodePem } from "./pem.ts";

/** A certificate and its private key, PEM. */
export interface KeyedCertificate {
  /** X.509, `CERTIFICATE`. */
  readonly certificate: string;
  /** PKCS #8, `PRIVATE KEY`. */
  readonly privateKey: string;
}

/** What certificates are made with; a `Host` will do. */
export interface CertificateMaker {
  /** Makes keys, hashes and signatures. */
  readonly crypto: Cryptography;
  /** Makes serial numbers. */
  readonly random: Random;
}

/** Whom a certificate is for. */
export interface CertificateRequest {
  /** The subject's CN: for a client certificate the user's name. */
  readonly commonName: string;
  /** The subject's O: for a client certificate the user's groups. @default [] */
  readonly organizations?: readonly string[];
  /** Whether it proves a server or a client. */
  readonly usage: "server" | "client";
  /** Host names it is valid for; `*.` in front is a wildcard. @default [] */
  readonly dnsNames?: readonly string[];
  /** IP addresses it is valid for. @default [] */
  readonly ipAddresses?: readonly string[];
}

const NOT_BEFORE = "19700101000000Z";
const NOT_AFTER = "99991231235959Z";

/** The object identifiers of X.509 that we write and read. */
export const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

/** A new certificate authority, signed by itself. */
export function createAuthority(
  maker: CertificateMaker,
  options: { commonName: string },
): KeyedCertificate {
  const key = maker.crypto.generateKey();
  const name = nameOf({ commonName: options.commonName, organizations: [] });
  const keyId = keyIdOf(maker, key.publicPem);
  const certificate = signCertificate(maker, {
    issuer: name,
    subject: name,
    publicKey: decodePemBlock(key.publicPem, "PUBLIC KEY"),
    signer: key.privatePem,
    extensions: [
      extension(OID.basicConstraints, sequence(TRUE), { critical: true }),
      // digitalSignature, keyCertSign, cRLSign: bits 0, 5 and 6
      extension(OID.keyUsage, bitString(new Uint8Array([0b10000110]), 1), {
        critical: true,
      }),
      extension(OID.subjectKeyIdentifier, octetString(keyId)),
    ],
  });
  return { certificate, privateKey: key.privatePem };
}

/**
 * A certificate for a server or a client, with a new key or the one given.
 *
 * @throws {Error} when an IP address is not one
 */
export function issueCertificate(
  maker: CertificateMaker,
  options: {
    authority: KeyedCertificate;
    request: CertificateRequest;
    key?: SigningKey;
  },
): KeyedCertificate {
  const { authority, request } = options;
  const key = options.key ?? maker.crypto.generateKey();
  const issuer = maker.crypto.readCertificate(authority.certificate);
  const certificate = signCertificate(maker, {
    issuer: nameOf(issuer.subject),
    subject: nameOf(request),
    publicKey: decodePemBlock(key.publicPem, "PUBLIC KEY"),
    signer: authority.privateKey,
    extensions: [
      extension(OID.basicConstraints, sequence(), { critical: true }),
      // digitalSignature: bit 0
      extension(OID.keyUsage, bitString(new Uint8Array([0b10000000]), 7), {
        critical: true,
      }),
      extension(
        OID.extendedKeyUsage,
        sequence(
          objectId(
            request.usage === "server" ? OID.serverAuth : OID.clientAuth,
          ),
        ),
      ),
      authorityKeyId(maker, issuer.publicPem),
      ...alternativeNames(request),
    ],
  });
  return { certificate, privateKey: key.privatePem };
}

/**
 * What names a certificate's key: `sha256:` and the hexadecimal SHA-256 of its SubjectPublicKeyInfo, the form that kubeadm's
 * `--discovery-token-ca-cert-hash` takes.
 *
 * @throws {HostError} `invalid` when it is not a certificate
 */
export function publicKeyHash(
  crypto: Cryptography,
  certificate: string,
): string {
  const { publicPem } = crypto.readCertificate(certificate);
  const info = decodePemBlock(publicPem, "PUBLIC KEY");
  return `sha256:${encodeHex(crypto.sha256(info))}`;
}

/** What a certificate says. */
export interface CertificateParts {
  /** DER of the issuer's name. */
  readonly issuer: Der;
  /** DER of the subject's name. */
  readonly subject: Der;
  /** DER of the subject's SubjectPublicKeyInfo. */
  readonly publicKey: Der;
  /** PKCS #8 PEM of the issuer's key. */
  readonly signer: string;
  /** DER of each extension. */
  readonly extensions: readonly Der[];
  /** `YYYYMMDDHHMMSSZ`. @default from 1970 to 9999 */
  readonly validity?: { readonly notBefore: string; readonly notAfter: string };
}

/** Puts the parts together and signs them. Answers PEM. */
export function signCertificate(
  maker: CertificateMaker,
  parts: CertificateParts,
): string {
  const { notBefore, notAfter } = parts.validity ??
    { notBefore: NOT_BEFORE, notAfter: NOT_AFTER };
  const algorithm = sequence(objectId(OID.ecdsaWithSha256));
  const body = sequence(
    tagged(0xa0, unsignedInteger(new Uint8Array([2]))), // version 3
    unsignedInteger(serialNumber(maker.random)),
    algorithm,
    parts.issuer,
    sequence(time(notBefore), time(notAfter)),
    parts.subject,
    parts.publicKey,
    tagged(0xa3, sequence(...parts.extensions)),
  );
  const signature = maker.crypto.sign(parts.signer, body);
  // X.509 wants r and s as two integers where JOSE puts them side by side
  const signatureDer = sequence(
    unsignedInteger(signature.subarray(0, 32)),
    unsignedInteger(signature.subarray(32)),
  );
  return encodePem({
    label: "CERTIFICATE",
    bytes: sequence(body, algorithm, bitString(signatureDer)),
  });
}

/** Positive and at most 20 bytes (RFC 5280 §4.1.2.2); random, so that no two of an authority are alike. */
function serialNumber(random: Random): Uint8Array {
  const bytes = random.bytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes;
}

/** DER of a name: groups first, then the name, as Go writes it. */
export function nameOf(subject: {
  commonName: string;
  organizations?: readonly string[];
}): Der {
  const attribute = (id: string, value: string) =>
    set(sequence(objectId(id), utf8String(value)));
  return sequence(
    ...(subject.organizations ?? []).map((name) =>
      attribute(OID.organization, name)
    ),
    attribute(OID.commonName, subject.commonName),
  );
}

/** The extension that names the issuer's key. */
export function authorityKeyId(
  maker: CertificateMaker,
  publicPem: string,
): Der {
  return extension(
    OID.authorityKeyIdentifier,
    sequence(tagged(0x80, keyIdOf(maker, publicPem))),
  );
}

/** The first 160 bits of the public key's SHA-256 (RFC 7093 §2). */
function keyIdOf(
  maker: CertificateMaker,
  publicPem: string,
): Uint8Array<ArrayBuffer> {
  const info = decodePemBlock(publicPem, "PUBLIC KEY");
  // an uncompressed P-256 point is the last 65 bytes of its SubjectPublicKeyInfo
  return maker.crypto.sha256(info.slice(-65)).slice(0, 20);
}

function alternativeNames(request: CertificateRequest): Der[] {
  const names = [
    ...(request.dnsNames ?? []).map((name) =>
      tagged(0x82, new TextEncoder().encode(name))
    ),
    ...(request.ipAddresses ?? []).map((text) => {
      const address = parseIp(text);
      if (address === undefined) {
        throw new Error(
          `Cannot issue a certificate: "${text}" is not an IP address`,
        );
      }
      return tagged(0x87, address);
    }),
  ];
  if (names.length === 0) return [];
  return [extension(OID.subjectAltName, sequence(concat(names)))];
}

/** DER of an extension. */
export function extension(
  id: string,
  value: Der,
  options: { critical?: boolean } = {},
): Der {
  return sequence(
    objectId(id),
    ...(options.critical ? [TRUE] : []),
    octetString(value),
  );
}

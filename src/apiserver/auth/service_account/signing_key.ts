/**
 * The key that ServiceAccounts' tokens are signed with.
 *
 * @module
 */
import { encodeBase64Url } from "../../../base/bytes.ts";
import type { Cryptography, SigningKey } from "../../../base/host.ts";
import { decodePemBlock } from "../../../base/pem.ts";

/** A public key as `/openid/v1/jwks` shows it (RFC 7517). */
export interface JsonWebKey {
  /** For signatures. */
  readonly use: "sig";
  /** An elliptic curve. */
  readonly kty: "EC";
  /** What tokens call it: the digest of the public key, as in Kubernetes. */
  readonly kid: string;
  /** The curve. */
  readonly crv: "P-256";
  /** The algorithm. */
  readonly alg: "ES256";
  /** The point's first coordinate, base64url. */
  readonly x: string;
  /** The point's second coordinate, base64url. */
  readonly y: string;
}

/** A signing key with its name. */
export interface NamedKey extends SigningKey {
  /** What tokens call it: the digest of the public key, as in Kubernetes. */
  readonly kid: string;
}

/** Gives a key its name. */
export function nameKey(crypto: Cryptography, key: SigningKey): NamedKey {
  const info = decodePemBlock(key.publicPem, "PUBLIC KEY");
  return { ...key, kid: encodeBase64Url(crypto.sha256(info)) };
}

/** The public half. */
export function jsonWebKey({ kid, publicPem }: NamedKey): JsonWebKey {
  // An uncompressed P-256 point is the last 64 bytes of its SubjectPublicKeyInfo.
  const point = decodePemBlock(publicPem, "PUBLIC KEY").slice(-64);
  return {
    use: "sig",
    kty: "EC",
    kid,
    crv: "P-256",
    alg: "ES256",
    x: encodeBase64Url(point.slice(0, 32)),
    y: encodeBase64Url(point.slice(32)),
  };
}

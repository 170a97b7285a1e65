/**
 * Cryptography by node:crypto's synchronous calls.
 *
 * @module
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
  X509Certificate,
} from "node:crypto";
import { HostError } from "../host.ts";
import type {
  CertificateInfo,
  Cryptography,
  Hasher,
  Random,
  SigningKey,
} from "../host.ts";
import { messageOf } from "../errors.ts";
import { subjectOf } from "./subject.ts";

/** AES-GCM's nonce. */
const NONCE_BYTES = 12;
/** AES-GCM's authentication tag. */
const TAG_BYTES = 16;
/** AES-256's key. */
const KEY_BYTES = 32;

/** The real {@linkcode Cryptography}. The simulation uses it too, with its own {@linkcode Random} and keys. */
export class RealCryptography implements Cryptography {
  readonly #random: Random;
  /** The key that was used last: reading one takes half as long as signing. */
  #signer: { readonly pem: string; readonly key: KeyObject } | undefined;

  /** Cryptography of node:crypto. @param random where nonces come from */
  constructor(random: Random) {
    this.#random = random;
  }

  sha256(data: Uint8Array | string): Uint8Array<ArrayBuffer> {
    return new Uint8Array(createHash("sha256").update(data).digest());
  }

  hasher(algorithm: "sha256" | "sha512"): Hasher {
    const hash = createHash(algorithm);
    return {
      update: (data) => void hash.update(data),
      digest: () => new Uint8Array(hash.digest()),
    };
  }

  hmacSha256(
    key: Uint8Array,
    data: Uint8Array | string,
  ): Uint8Array<ArrayBuffer> {
    return new Uint8Array(createHmac("sha256", key).update(data).digest());
  }

  equal(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && timingSafeEqual(a, b);
  }

  generateKey(): SigningKey {
    const pair = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    return { privatePem: pair.privateKey, publicPem: pair.publicKey };
  }

  sign(privatePem: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
    if (this.#signer?.pem !== privatePem) {
      this.#signer = { pem: privatePem, key: createPrivateKey(privatePem) };
    }
    const { key } = this.#signer;
    return new Uint8Array(
      sign("sha256", data, { key, dsaEncoding: "ieee-p1363" }),
    );
  }

  verify(
    publicPem: string,
    check: { data: Uint8Array; signature: Uint8Array },
  ): boolean {
    try {
      return verify(
        "sha256",
        check.data,
        { key: publicPem, dsaEncoding: "ieee-p1363" },
        check.signature,
      );
    } catch {
      return false; // not a key, or a signature of another length: certainly not that key's
    }
  }

  readCertificate(certificate: string | Uint8Array): CertificateInfo {
    try {
      const read = new X509Certificate(certificate);
      return {
        subject: subjectOf(new Uint8Array(read.raw)),
        publicPem: String(
          read.publicKey.export({ type: "spki", format: "pem" }),
        ),
        isAuthority: read.ca,
      };
    } catch (cause) {
      throw new HostError(
        "invalid",
        `Cannot read the certificate: ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  seal(key: Uint8Array, plain: Uint8Array): Uint8Array<ArrayBuffer> {
    requireKey(key);
    const nonce = this.#random.bytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const sealed = new Uint8Array(NONCE_BYTES + plain.length + TAG_BYTES);
    sealed.set(nonce);
    sealed.set(cipher.update(plain), NONCE_BYTES);
    cipher.final();
    sealed.set(cipher.getAuthTag(), NONCE_BYTES + plain.length);
    return sealed;
  }

  open(key: Uint8Array, sealed: Uint8Array): Uint8Array<ArrayBuffer> {
    requireKey(key);
    if (sealed.length < NONCE_BYTES + TAG_BYTES) {
      throw new HostError("invalid", "Cannot open sealed bytes: too short");
    }
    const tagAt = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(
      "aes-256-gcm",
      key,
      sealed.subarray(0, NONCE_BYTES),
    );
    decipher.setAuthTag(sealed.subarray(tagAt));
    try {
      const plain = decipher.update(sealed.subarray(NONCE_BYTES, tagAt));
      decipher.final();
      return new Uint8Array(plain);
    } catch (cause) {
      throw new HostError(
        "invalid",
        "Cannot open sealed bytes: wrong key or damaged bytes",
        { cause },
      );
    }
  }
}

function requireKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) {
    throw new HostError(
      "invalid",
      `Cannot use the key: ${key.length} bytes, must be ${KEY_BYTES}`,
    );
  }
}

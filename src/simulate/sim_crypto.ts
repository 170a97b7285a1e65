/**
 * Cryptography of a simulated machine: the real one, with keys that repeat from run to run.
 *
 * @module
 */
import { createECDH, createPrivateKey } from "node:crypto";
import type { Random, SigningKey } from "../base/host.ts";
import { RealCryptography } from "../base/real/crypto.ts";

/** {@linkcode RealCryptography} whose new keys come from the machine's seeded randomness: node:crypto's own generator cannot be seeded. */
export class SimCryptography extends RealCryptography {
  readonly #random: Random;

  constructor(random: Random) {
    super(random);
    this.#random = random;
  }

  override generateKey(): SigningKey {
    const ecdh = createECDH("prime256v1");
    ecdh.setPrivateKey(this.#random.bytes(32));
    const point = new Uint8Array(ecdh.getPublicKey()); // 04 x y
    const text = (bytes: Uint8Array) =>
      btoa(String.fromCharCode(...bytes)).replaceAll("+", "-")
        .replaceAll("/", "_").replaceAll("=", "");
    const jwk = {
      kty: "EC",
      crv: "P-256",
      d: text(new Uint8Array(ecdh.getPrivateKey())),
      x: text(point.subarray(1, 33)),
      y: text(point.subarray(33, 65)),
    };
    const key = createPrivateKey({ key: jwk, format: "jwk" });
    return {
      privatePem: String(key.export({ type: "pkcs8", format: "pem" })),
      publicPem: publicPemOf(point),
    };
  }
}

/** SubjectPublicKeyInfo of an uncompressed P-256 point (RFC 5480): a fixed head and the point. */
function publicPemOf(point: Uint8Array): string {
  const head = [
    0x30,
    0x59,
    0x30,
    0x13,
    0x06,
    0x07,
    0x2a,
    0x86,
    0x48,
    0xce,
    0x3d,
    0x02,
    0x01,
    0x06,
    0x08,
    0x2a,
    0x86,
    0x48,
    0xce,
    0x3d,
    0x03,
    0x01,
    0x07,
    0x03,
    0x42,
    0x00,
  ];
  const base64 = btoa(String.fromCharCode(...head, ...point));
  const lines = base64.match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`;
}

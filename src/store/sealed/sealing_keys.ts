/**
 * Keys that values are sealed with before they reach the disk: the first seals, all of them open.
 *
 * ```text
 *   4 bytes  magic        00 "wh" 01
 *   8 bytes  key id       first bytes of the key's SHA-256
 *   …        AES-256-GCM  nonce, cipher text, tag
 * ```
 *
 * Each value has a key of its own, derived from the key and the place where the value lies (HMAC-SHA-256): a value that was moved to another place
 * does not open, and no key ever seals so much that random nonces could meet.
 *
 * @module
 */
import { concat, encodeHex, encodeText } from "../../base/bytes.ts";
import type { Cryptography } from "../../base/host.ts";
import { StoreCorruptError } from "../store.ts";

/** How many bytes a key can have, as AES's keys. */
export const SEALING_KEY_BYTES: readonly number[] = [16, 24, 32];

const MAGIC = new Uint8Array([0, 0x77, 0x68, 1]);
const ID_BYTES = 8;
const HEADER_BYTES = MAGIC.length + ID_BYTES;

/** A key with the name that people know it by. */
export interface SealingKey {
  /** As the configuration calls it; for messages only. */
  readonly name: string;
  /** 16, 24 or 32 random bytes. */
  readonly secret: Uint8Array;
}

/** See the module. */
export class SealingKeys {
  /** Id of the key that seals, in hexadecimal digits; "" when nothing is sealed. */
  readonly current: string;
  readonly #crypto: Cryptography;
  readonly #secrets = new Map<string, Uint8Array>();
  readonly #header: Uint8Array | undefined;

  /**
   * @param keys the first seals unless `seals` is false
   * @throws {RangeError} for a key of another length
   */
  constructor(
    crypto: Cryptography,
    keys: readonly SealingKey[],
    options: {
      /** Whether new values are sealed; otherwise keys only open what was sealed before. @default true */
      readonly seals?: boolean;
    } = {},
  ) {
    this.#crypto = crypto;
    const ids: Uint8Array[] = [];
    for (const { name, secret } of keys) {
      if (!SEALING_KEY_BYTES.includes(secret.length)) {
        throw new RangeError(
          `Cannot use key "${name}": it has ${secret.length} bytes, not ${
            SEALING_KEY_BYTES.join(", ")
          }`,
        );
      }
      const id = crypto.sha256(secret).slice(0, ID_BYTES);
      ids.push(id);
      this.#secrets.set(encodeHex(id), secret);
    }
    const first = options.seals === false ? undefined : ids[0];
    this.current = first === undefined ? "" : encodeHex(first);
    this.#header = first && concat([MAGIC, first]);
  }

  /** Seals bytes for a place; without a key for it, answers them as they are. */
  seal(place: string, plain: Uint8Array): Uint8Array {
    if (this.#header === undefined) return plain;
    const key = this.#keyOf(this.#secrets.get(this.current)!, place);
    return concat([this.#header, this.#crypto.seal(key, plain)]);
  }

  /** Opens what was sealed for a place; answers bytes that are not sealed as they are. @throws {StoreCorruptError} */
  open(place: string, bytes: Uint8Array): Uint8Array {
    const id = sealedWith(bytes);
    if (id === "") return bytes;
    const secret = this.#secrets.get(id);
    if (secret === undefined) {
      throw new StoreCorruptError(
        `${place} is encrypted with key ${id}, which is not among the configured keys`,
      );
    }
    try {
      return this.#crypto.open(
        this.#keyOf(secret, place),
        bytes.subarray(HEADER_BYTES),
      );
    } catch (error) {
      throw new StoreCorruptError(
        `The data is damaged: ${place} does not open with its key`,
        { cause: error },
      );
    }
  }

  #keyOf(secret: Uint8Array, place: string): Uint8Array {
    return this.#crypto.hmacSha256(secret, encodeText(`wherry ${place}`));
  }
}

/** Id of the key that bytes are sealed with, in hexadecimal digits; "" for bytes that are not sealed. */
export function sealedWith(bytes: Uint8Array): string {
  if (bytes.length < HEADER_BYTES) return "";
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) return "";
  return encodeHex(bytes.subarray(MAGIC.length, HEADER_BYTES));
}

/**
 * Digests that a registry takes: of both algorithms that the image specification registers. What we make ourselves is SHA-256 (`digest.ts`).
 *
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#registered-algorithms}
 *
 * @module
 */
import { encodeHex } from "../bytes.ts";
import type { Host } from "../host.ts";

/** An algorithm for digests of contents. */
export type DigestAlgorithm = "sha256" | "sha512";

/** `sha256:<64 hex digits>` or `sha512:<128 hex digits>`. */
export type ContentDigest = `${DigestAlgorithm}:${string}`;

/** Whether a text is such a digest. What is one is safe in a path. */
export function isContentDigest(text: string): text is ContentDigest {
  return /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text);
}

/** Takes a digest apart. */
export function digestParts(
  digest: ContentDigest,
): { readonly algorithm: DigestAlgorithm; readonly hex: string } {
  const [algorithm, hex] = digest.split(":") as [DigestAlgorithm, string];
  return { algorithm, hex };
}

/** The digest of a content that is there as a whole. */
export function contentDigest(
  host: Pick<Host, "crypto">,
  algorithm: DigestAlgorithm,
  content: Uint8Array,
): ContentDigest {
  const hasher = host.crypto.hasher(algorithm);
  hasher.update(content);
  return `${algorithm}:${encodeHex(hasher.digest())}`;
}

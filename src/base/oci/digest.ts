/**
 * Digests of contents: `sha256:<64 hex digits>`.
 *
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests}
 *
 * @module
 */
import { encodeHex } from "../bytes.ts";
import type { Host } from "../host.ts";

/** `sha256:<hex>`. */
export type Digest = `sha256:${string}`;

/** Whether a text is a digest of the one algorithm that we take. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The digest of a content. */
export function digestOf(
  host: Pick<Host, "crypto">,
  content: Uint8Array | string,
): Digest {
  return `sha256:${encodeHex(host.crypto.sha256(content))}`;
}

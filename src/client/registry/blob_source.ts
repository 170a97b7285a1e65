/**
 * Contents on their way to a registry.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import { type Digest, digestOf } from "../../base/oci/digest.ts";

/** A content that can be read from any place, so that an upload can go on where it was cut. */
export interface BlobSource {
  readonly digest: Digest;
  /** Its length in bytes. */
  readonly size: number;
  /** Bytes from `offset`, exactly `length` of them. */
  slice(
    offset: number,
    length: number,
  ): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
}

/** A content that is in memory. */
export function bytesSource(
  host: Pick<Host, "crypto">,
  content: Uint8Array<ArrayBuffer>,
): BlobSource {
  return {
    digest: digestOf(host, content),
    size: content.length,
    slice: (offset, length) => content.subarray(offset, offset + length),
  };
}

/**
 * Digests of uploads in the making, so that a content need not be read again to know its digest.
 *
 * @module
 */
import { encodeHex } from "./bytes.ts";
import type { ByteSource } from "./blob_store.ts";
import type { Hasher, Host } from "./host.ts";
import { type ContentDigest, digestParts } from "./oci/content_digest.ts";

/** Of so many uploads digests are kept; of others the content is read again. */
const MOST_KEPT = 256;

interface Running {
  readonly hasher: Hasher;
  sizeBytes: number;
}

/** See the module. Only SHA-256 is computed on the way: it is what all clients use. */
export class RunningDigests {
  readonly #host: Pick<Host, "crypto">;
  /** Insertion order is the order of use. */
  readonly #running = new Map<string, Running>();

  /** Of no upload yet. @param host computes them */
  constructor(host: Pick<Host, "crypto">) {
    this.#host = host;
  }

  /** Takes in what was added to an upload. @param from its length before */
  add(id: string, bytes: Uint8Array, from: number): void {
    let running = this.#running.get(id);
    this.#running.delete(id);
    if (from === 0) {
      running = { hasher: this.#host.crypto.hasher("sha256"), sizeBytes: 0 };
    }
    // A piece is missing: it was added by an earlier process, or the disk had no room.
    if (running === undefined || running.sizeBytes !== from) return;
    running.hasher.update(bytes);
    running.sizeBytes += bytes.length;
    this.#running.set(id, running);
    if (this.#running.size > MOST_KEPT) {
      this.#running.delete(this.#running.keys().next().value!);
    }
  }

  /** The upload is over, or its end is not what was added last. */
  forget(id: string): void {
    this.#running.delete(id);
  }

  /** Whether an upload has a digest. @param upload.read what it has, when it must be read again */
  async matches(
    digest: ContentDigest,
    upload: {
      readonly id: string;
      readonly sizeBytes: number;
      read(): Promise<ByteSource>;
    },
  ): Promise<boolean> {
    const { algorithm, hex } = digestParts(digest);
    const running = this.#running.get(upload.id);
    this.#running.delete(upload.id);
    if (algorithm === "sha256" && running?.sizeBytes === upload.sizeBytes) {
      return encodeHex(running.hasher.digest()) === hex;
    }
    const hasher = this.#host.crypto.hasher(algorithm);
    if (upload.sizeBytes > 0) {
      for await (const bytes of await upload.read()) hasher.update(bytes);
    }
    return encodeHex(hasher.digest()) === hex;
  }
}

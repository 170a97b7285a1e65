/**
 * Uploads of blobs: sessions that a client goes on with, over requests, broken connections and restarts of the server.
 *
 * @module
 */
import type { BlobUpload, ByteSource } from "../../base/blob_store.ts";
import type { ContentDigest } from "../../base/oci/content_digest.ts";
import { incoming } from "./body.ts";
import {
  contentKey,
  dropUnheld,
  type RegistryParts,
  repositoryKey,
  uploadKey,
} from "./parts.ts";
import { RegistryError } from "./registry_error.ts";
import { clearly, isFull } from "./space.ts";

/** So many may be begun and not ended: each is a row. */
export const MOST_UPLOADS = 10_000;
const RETRY_AFTER_SECONDS = 60;

/** What a request adds to an upload. */
export interface Chunk {
  readonly body: ByteSource | null;
  /** Where its first byte belongs. @default after the last one */
  readonly offset?: number;
  /** How long it has to be. @default as long as it is */
  readonly length?: number;
  /** Who sends it. */
  readonly user: string;
}

/** See the module. */
export class Uploads {
  readonly #parts: RegistryParts;
  /** What is told to the request that has an upload open when another one wants to go on with it. */
  readonly #open = new Map<string, AbortController>();
  #count: number;

  private constructor(parts: RegistryParts, count: number) {
    this.#parts = parts;
    this.#count = count;
  }

  /** Counts what is there. */
  static async load(parts: RegistryParts): Promise<Uploads> {
    let count = 0;
    for await (const _ of parts.index.uploads()) count++;
    return new Uploads(parts, count);
  }

  /** Begins one. @returns its id @throws {RegistryError} TOOMANYREQUESTS */
  async begin(repository: string): Promise<string> {
    const { host, index, activity, garbage } = this.#parts;
    if (this.#count >= MOST_UPLOADS) await this.#recount();
    this.#count++;
    const id = host.random.uuid();
    activity.touch(repository, id);
    await index.addUpload(id, { repository });
    garbage.changed();
    return id;
  }

  /** How many bytes of one are there; also while more are coming. @throws {RegistryError} BLOB_UPLOAD_UNKNOWN */
  async status(repository: string, id: string): Promise<number> {
    await this.#find(repository, id);
    this.#parts.activity.touch(repository, id);
    return (await this.#parts.store.statUpload(id))?.sizeBytes ?? 0;
  }

  /**
   * Adds a chunk. An earlier request that is still sending is ended: its client has moved on.
   *
   * @returns how many bytes are there now
   * @throws {RegistryError} BLOB_UPLOAD_UNKNOWN; BLOB_UPLOAD_INVALID, 416, when it belongs elsewhere; SIZE_INVALID; DENIED
   */
  async append(
    repository: string,
    id: string,
    chunk: Chunk,
  ): Promise<number> {
    return await this.#alone(repository, id, async (upload, signal) => {
      await this.#add(upload, { repository, id, chunk, signal });
      await upload.sync();
      return upload.sizeBytes;
    });
  }

  /** Makes a blob of it. @param last what has to be added before @throws {RegistryError} as `append`; DIGEST_INVALID: the upload is over then */
  async finish(
    repository: string,
    id: string,
    { digest, last }: { readonly digest: ContentDigest; readonly last: Chunk },
  ): Promise<void> {
    const { activity } = this.#parts;
    await this.#alone(repository, id, async (upload, signal) => {
      await this.#add(upload, { repository, id, chunk: last, signal });
      const ended = activity.run(repository, id);
      try {
        if (await upload.matches(digest)) {
          await this.#become(upload, { repository, id, digest });
          this.#count--;
          return;
        }
      } finally {
        ended();
      }
      const { sizeBytes } = upload;
      await this.#remove(id, sizeBytes);
      await upload.discard();
      throw new RegistryError(
        "DIGEST_INVALID",
        "The content does not have the digest that it was sent with",
        { detail: { digest } },
      );
    });
  }

  /** Ends one without a blob. @throws {RegistryError} BLOB_UPLOAD_UNKNOWN */
  async cancel(repository: string, id: string): Promise<void> {
    await this.#alone(repository, id, async (upload) => {
      await this.#remove(id, upload.sizeBytes);
      await upload.discard();
    });
  }

  /** Ends all requests that are sending. What came of them stays. */
  close(): void {
    for (const open of this.#open.values()) {
      open.abort(
        new RegistryError("BLOB_UPLOAD_INVALID", "The server is stopping", {
          status: 503,
        }),
      );
    }
  }

  async #find(repository: string, id: string): Promise<void> {
    const isId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
    const row = isId ? await this.#parts.index.upload(id) : undefined;
    if (row?.repository === repository) return;
    throw new RegistryError(
      "BLOB_UPLOAD_UNKNOWN",
      "There is no such upload in this repository",
    );
  }

  async #alone<T>(
    repository: string,
    id: string,
    task: (upload: BlobUpload, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    await this.#find(repository, id);
    const own = new AbortController();
    this.#open.get(id)?.abort(
      new RegistryError(
        "BLOB_UPLOAD_INVALID",
        "Another request went on with the upload",
      ),
    );
    this.#open.set(id, own);
    try {
      return await this.#parts.locks.run(uploadKey(id), async () => {
        own.signal.throwIfAborted();
        // It may have ended while we waited.
        await this.#find(repository, id);
        await using upload = await this.#parts.store.openUpload(id);
        return await task(upload, own.signal);
      });
    } finally {
      if (this.#open.get(id) === own) this.#open.delete(id);
    }
  }

  async #add(
    upload: BlobUpload,
    adding: {
      readonly repository: string;
      readonly id: string;
      readonly chunk: Chunk;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const { repository, id, chunk, signal } = adding;
    const { host, activity, gate, stallMs } = this.#parts;
    const { offset = upload.sizeBytes, body } = chunk;
    if (offset !== upload.sizeBytes) {
      throw new RegistryError(
        "BLOB_UPLOAD_INVALID",
        `The chunk belongs at ${offset}, but ${upload.sizeBytes} bytes are there`,
        { status: 416, headers: uploadHeaders(repository, id, upload) },
      );
    }
    if (body === null) return expectLength(chunk, 0);
    const leave = await gate.enter(chunk.user);
    const ended = activity.run(repository, id);
    const before = upload.sizeBytes;
    try {
      const source = incoming(body, { clock: host.clock, stallMs, signal });
      for await (const bytes of source) {
        const length = upload.sizeBytes - before + bytes.length;
        if (length > (chunk.length ?? Infinity)) expectLength(chunk, length);
        await this.#take(upload, bytes);
      }
      expectLength(chunk, upload.sizeBytes - before);
    } catch (error) {
      const told = clearly(error);
      if (isFull(told)) {
        // What is there would keep the others from having room.
        await this.#remove(id, upload.sizeBytes);
        await upload.discard();
      }
      throw told;
    } finally {
      ended();
      leave();
    }
  }

  async #take(
    upload: BlobUpload,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const { space } = this.#parts;
    await space.take(bytes.length);
    const before = upload.sizeBytes;
    try {
      await upload.append(bytes);
    } catch (error) {
      space.give(bytes.length - (upload.sizeBytes - before));
      throw error;
    }
  }

  async #become(
    upload: BlobUpload,
    of: {
      readonly repository: string;
      readonly id: string;
      readonly digest: ContentDigest;
    },
  ): Promise<void> {
    const { repository, id, digest } = of;
    const { locks, store, index, activity, space } = this.#parts;
    const { sizeBytes } = upload;
    await locks.run(
      repositoryKey(repository),
      () =>
        locks.run(contentKey(digest), async () => {
          const isThere = await store.stat(digest) !== undefined;
          await upload.finish(digest);
          if (isThere) space.give(sizeBytes);
          activity.became(repository, id, digest);
          await index.addBlob(repository, digest, { sizeBytes, upload: id });
        }),
    );
  }

  async #remove(id: string, sizeBytes: number): Promise<void> {
    const { index, space } = this.#parts;
    await index.removeUpload(id);
    space.give(sizeBytes);
    this.#count--;
  }

  /** Some may have been given up since they were counted. @throws {RegistryError} TOOMANYREQUESTS */
  async #recount(): Promise<void> {
    let count = 0;
    for await (const _ of this.#parts.index.uploads()) count++;
    this.#count = count;
    if (count < MOST_UPLOADS) return;
    throw new RegistryError(
      "TOOMANYREQUESTS",
      "Too many uploads were begun and not ended, try again later",
      { headers: { "retry-after": String(RETRY_AFTER_SECONDS) } },
    );
  }
}

/** What a client is told of an upload. */
export function uploadHeaders(
  repository: string,
  id: string,
  { sizeBytes }: { readonly sizeBytes: number },
): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    // The form has no way to say that there is nothing.
    range: `0-${Math.max(0, sizeBytes - 1)}`,
    "docker-upload-uuid": id,
  };
}

function expectLength({ length }: Chunk, came: number): void {
  if (length === undefined || length === came) return;
  throw new RegistryError(
    "SIZE_INVALID",
    came > length
      ? `More came than the ${length} bytes that were announced`
      : `${came} bytes came of the ${length} that were announced`,
  );
}

/** Gives a repository a blob of another one. @returns whether the content is there */
export async function mountBlob(
  parts: RegistryParts,
  repository: string,
  { from, digest }: { readonly from: string; readonly digest: ContentDigest },
): Promise<boolean> {
  const { locks, index, activity } = parts;
  const mounted = await locks.run(
    repositoryKey(repository),
    () =>
      locks.run(contentKey(digest), async () => {
        const sizeBytes = await index.blobSize(from, digest);
        if (sizeBytes === undefined) return false;
        activity.touch(repository, digest);
        await index.addBlob(repository, digest, { sizeBytes });
        return true;
      }),
  );
  if (mounted) parts.garbage.changed();
  return mounted;
}

/** Takes a blob from a repository; the content goes too when it was the last that had it. @returns whether it had it */
export async function removeBlob(
  parts: RegistryParts,
  repository: string,
  digest: ContentDigest,
): Promise<boolean> {
  const { locks, index } = parts;
  return await locks.run(repositoryKey(repository), async () => {
    if (await index.blobSize(repository, digest) === undefined) return false;
    await index.removeBlob(repository, digest);
    await dropUnheld(parts, digest);
    return true;
  });
}

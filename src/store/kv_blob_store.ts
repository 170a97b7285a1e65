/**
 * Contents in a KV, for servers without a disk: cut into chunks that a value can hold.
 *
 * | KV key below the prefix | value |
 * | --- | --- |
 * | `blob, digest` | which chunks a content has |
 * | `upload, id` | what there is of an upload |
 * | `chunk, id, number` | bytes; they stay where they are when their upload becomes a content |
 * | `gone, id` | chunks that are on their way out |
 *
 * A row and the chunks that it counts are written together, so that a crash leaves nothing that nobody knows of.
 *
 * @module
 */
import type {
  BlobInfo,
  BlobRange,
  BlobStore,
  BlobUpload,
  ByteSource,
  UploadInfo,
} from "../base/blob_store.ts";
import { type Host, HostError, type Kv } from "../base/host.ts";
import type { ContentDigest } from "../base/oci/content_digest.ts";
import { RunningDigests } from "../base/running_digests.ts";
import { CHUNK_BYTES } from "./chunks.ts";

/** Chunks that one commit writes: with their keys below KV's 800 KiB. */
const CHUNKS_PER_COMMIT = 12;
/** Deletions that one commit takes (KV allows 1000). */
const DELETES_PER_COMMIT = 500;

/** Where bytes lie. */
interface Chunks {
  /** Of the upload that brought them. */
  readonly id: string;
  readonly sizeBytes: number;
}

/** See the module. */
export class KvBlobStore implements BlobStore {
  readonly #kv: Kv;
  readonly #prefix: Deno.KvKey;
  readonly #digests: RunningDigests;

  private constructor(
    host: Pick<Host, "crypto">,
    kv: Kv,
    prefix: Deno.KvKey,
  ) {
    this.#kv = kv;
    this.#prefix = prefix;
    this.#digests = new RunningDigests(host);
  }

  /** Opens the part of a KV below a prefix; the KV stays the caller's. Finishes deletions that were cut short. */
  static async open(
    host: Pick<Host, "crypto">,
    { kv, prefix }: { readonly kv: Kv; readonly prefix: Deno.KvKey },
  ): Promise<KvBlobStore> {
    const store = new KvBlobStore(host, kv, prefix);
    const gone: Chunks[] = [];
    for await (const { value } of store.#list<Chunks>("gone")) {
      gone.push(value);
    }
    for (const chunks of gone) await store.#sweep(chunks);
    return store;
  }

  async stat(digest: ContentDigest): Promise<BlobInfo | undefined> {
    const chunks = await this.#get(["blob", digest]);
    return chunks && { digest, sizeBytes: chunks.sizeBytes };
  }

  async read(
    digest: ContentDigest,
    range?: BlobRange,
  ): Promise<ByteSource | undefined> {
    const chunks = await this.#get(["blob", digest]);
    if (chunks === undefined) return undefined;
    return this.#contentOf(chunks, {
      offset: range?.offset ?? 0,
      length: range?.length ?? chunks.sizeBytes,
    });
  }

  async delete(digest: ContentDigest): Promise<void> {
    await this.#remove(["blob", digest]);
  }

  async *list(): AsyncIterable<BlobInfo> {
    for await (const { key, value } of this.#list<Chunks>("blob")) {
      yield {
        digest: key.at(-1) as ContentDigest,
        sizeBytes: value.sizeBytes,
      };
    }
  }

  async openUpload(id: string): Promise<BlobUpload> {
    const { sizeBytes } = await this.#get(["upload", id]) ?? { sizeBytes: 0 };
    const tail = sizeBytes % CHUNK_BYTES;
    const last = tail === 0
      ? new Uint8Array()
      : await this.#chunk(id, Math.floor(sizeBytes / CHUNK_BYTES));
    const buffer = new Uint8Array(CHUNKS_PER_COMMIT * CHUNK_BYTES);
    buffer.set(last);
    return new KvUpload({
      id,
      sizeBytes,
      buffer,
      digests: this.#digests,
      write: (piece) => this.#write(id, piece),
      read: (length) =>
        this.#contentOf({ id, sizeBytes: length }, { offset: 0, length }),
      finish: (digest, length) => this.#finish(id, digest, length),
      remove: () => this.deleteUpload(id),
    });
  }

  async statUpload(id: string): Promise<UploadInfo | undefined> {
    const chunks = await this.#get(["upload", id]);
    return chunks && { id, sizeBytes: chunks.sizeBytes };
  }

  async deleteUpload(id: string): Promise<void> {
    this.#digests.forget(id);
    await this.#remove(["upload", id]);
  }

  async *listUploads(): AsyncIterable<UploadInfo> {
    for await (const { value } of this.#list<Chunks>("upload")) yield value;
  }

  freeBytes(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** Writes whole chunks and what is left after them, and counts them. */
  async #write(
    id: string,
    piece: { first: number; bytes: Uint8Array; sizeBytes: number },
  ): Promise<void> {
    const { first, bytes, sizeBytes } = piece;
    const atomic = this.#kv.atomic();
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const key = this.#key("chunk", id, first + at / CHUNK_BYTES);
      atomic.set(key, bytes.slice(at, at + CHUNK_BYTES));
    }
    const row: Chunks = { id, sizeBytes };
    await atomic.set(this.#key("upload", id), row).commit();
  }

  async #finish(
    id: string,
    digest: ContentDigest,
    sizeBytes: number,
  ): Promise<void> {
    const chunks: Chunks = { id, sizeBytes };
    const key = this.#key("blob", digest);
    const there = await this.#kv.get<Chunks>(key);
    const atomic = this.#kv.atomic().check(there)
      .delete(this.#key("upload", id));
    // Others may be reading the chunks that are there already.
    if (there.value === null) atomic.set(key, chunks);
    else atomic.set(this.#key("gone", id), chunks);
    if (!(await atomic.commit()).ok) {
      return await this.#finish(id, digest, sizeBytes);
    }
    if (there.value !== null) await this.#sweep(chunks);
  }

  async #remove(at: readonly ["blob" | "upload", string]): Promise<void> {
    const found = await this.#kv.get<Chunks>(this.#key(...at));
    if (found.value === null) return;
    await this.#kv.atomic().check(found).delete(found.key)
      .set(this.#key("gone", found.value.id), found.value).commit();
    await this.#sweep(found.value);
  }

  async #sweep({ id, sizeBytes }: Chunks): Promise<void> {
    const count = Math.ceil(sizeBytes / CHUNK_BYTES);
    for (let from = 0; from < count; from += DELETES_PER_COMMIT) {
      const atomic = this.#kv.atomic();
      const until = Math.min(count, from + DELETES_PER_COMMIT);
      for (let n = from; n < until; n++) {
        atomic.delete(this.#key("chunk", id, n));
      }
      await atomic.commit();
    }
    await this.#kv.atomic().delete(this.#key("gone", id)).commit();
  }

  #contentOf({ id }: Chunks, { offset, length }: BlobRange): ByteSource {
    let at = offset;
    const end = offset + length;
    return new ReadableStream({
      pull: async (controller) => {
        if (at < end) {
          const n = Math.floor(at / CHUNK_BYTES);
          const chunk = await this.#chunk(id, n);
          const from = n * CHUNK_BYTES;
          const piece = chunk.slice(at - from, end - from);
          if (piece.length === 0) throw cutOff();
          at += piece.length;
          controller.enqueue(piece);
        }
        if (at >= end) controller.close();
      },
    }, { highWaterMark: 0 });
  }

  async #chunk(id: string, n: number): Promise<Uint8Array<ArrayBuffer>> {
    const { value } = await this.#kv.get(this.#key("chunk", id, n));
    if (!(value instanceof Uint8Array)) throw cutOff();
    return value as Uint8Array<ArrayBuffer>;
  }

  async #get(at: Deno.KvKey): Promise<Chunks | undefined> {
    const { value } = await this.#kv.get<Chunks>(this.#key(...at));
    return value ?? undefined;
  }

  #list<T>(table: string): Deno.KvListIterator<T> {
    return this.#kv.list<T>({ prefix: this.#key(table) });
  }

  #key(...parts: Deno.KvKey): Deno.KvKey {
    return [...this.#prefix, ...parts];
  }
}

function cutOff(): HostError {
  return new HostError("other", "Cannot read a content: it is cut off");
}

class KvUpload implements BlobUpload {
  readonly #of: {
    readonly id: string;
    readonly digests: RunningDigests;
    write(
      piece: { first: number; bytes: Uint8Array; sizeBytes: number },
    ): Promise<void>;
    read(length: number): ByteSource;
    finish(digest: ContentDigest, sizeBytes: number): Promise<void>;
    remove(): Promise<void>;
  };
  /** What is not written yet, after the part of a chunk that it goes on. */
  readonly #buffer: Uint8Array;
  #filled: number;
  #sizeBytes: number;
  #writtenBytes: number;

  constructor(
    { buffer, sizeBytes, ...of }: {
      readonly id: string;
      readonly sizeBytes: number;
      readonly buffer: Uint8Array;
      readonly digests: RunningDigests;
      write(
        piece: { first: number; bytes: Uint8Array; sizeBytes: number },
      ): Promise<void>;
      read(length: number): ByteSource;
      finish(digest: ContentDigest, sizeBytes: number): Promise<void>;
      remove(): Promise<void>;
    },
  ) {
    this.#of = of;
    this.#buffer = buffer;
    this.#sizeBytes = sizeBytes;
    this.#writtenBytes = sizeBytes;
    this.#filled = sizeBytes % CHUNK_BYTES;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#filled === this.#buffer.length) await this.sync();
      const piece = bytes.subarray(
        at,
        at + this.#buffer.length - this.#filled,
      );
      this.#buffer.set(piece, this.#filled);
      this.#of.digests.add(this.#of.id, piece, this.#sizeBytes);
      this.#filled += piece.length;
      this.#sizeBytes += piece.length;
      at += piece.length;
    }
  }

  async sync(): Promise<void> {
    if (this.#writtenBytes === this.#sizeBytes) return;
    const first = Math.floor(
      (this.#sizeBytes - this.#filled) / CHUNK_BYTES,
    );
    await this.#of.write({
      first,
      bytes: this.#buffer.subarray(0, this.#filled),
      sizeBytes: this.#sizeBytes,
    });
    this.#writtenBytes = this.#sizeBytes;
    const tail = this.#filled % CHUNK_BYTES;
    this.#buffer.copyWithin(0, this.#filled - tail, this.#filled);
    this.#filled = tail;
  }

  async matches(digest: ContentDigest): Promise<boolean> {
    await this.sync();
    return await this.#of.digests.matches(digest, {
      id: this.#of.id,
      sizeBytes: this.#sizeBytes,
      read: () => Promise.resolve(this.#of.read(this.#sizeBytes)),
    });
  }

  async finish(digest: ContentDigest): Promise<void> {
    await this.#of.finish(digest, this.#sizeBytes);
  }

  async discard(): Promise<void> {
    this.#writtenBytes = this.#sizeBytes;
    await this.#of.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.sync();
    } catch {
      // What is not written is not told to be there either; the next one to open the upload sees what is.
      this.#of.digests.forget(this.#of.id);
    }
  }
}

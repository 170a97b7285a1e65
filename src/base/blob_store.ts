/**
 * Contents under their digests, on a disk or in a database.
 *
 * What comes in is an upload first, which outlives restarts and can be gone on with; only what was verified and is on the medium gets a digest for its
 * name. Implementations pass `blob_store_contract.ts`.
 *
 * @module
 */
import type { Host } from "./host.ts";
import type { ContentDigest } from "./oci/content_digest.ts";

/** A stored content. */
export interface BlobInfo {
  /** Its name. */
  readonly digest: ContentDigest;
  /** Its length. */
  readonly sizeBytes: number;
}

/** A content that is not whole yet. */
export interface UploadInfo {
  /** Its name until it has a digest. */
  readonly id: string;
  /** What of it is there. */
  readonly sizeBytes: number;
}

/** Which part of a content is read. */
export interface BlobRange {
  /** Where it begins. */
  readonly offset: number;
  /** How many bytes it has. */
  readonly length: number;
}

/** Bytes as they come. */
export type ByteSource = ReadableStream<Uint8Array<ArrayBuffer>>;

/** Keeps contents. */
export interface BlobStore extends AsyncDisposable {
  /** What is known of a content; undefined when it is not there. */
  stat(digest: ContentDigest): Promise<BlobInfo | undefined>;
  /**
   * Reads a content as it is asked for; undefined when it is not there. Nothing is read ahead, so that a slow reader costs little. One that is
   * deleted meanwhile is read to its end, or the stream fails: it never ends early.
   */
  read(
    digest: ContentDigest,
    range?: BlobRange,
  ): Promise<ByteSource | undefined>;
  /** Removes a content; no error when it is not there. */
  delete(digest: ContentDigest): Promise<void>;
  /** All contents, in no order. */
  list(): AsyncIterable<BlobInfo>;
  /** Begins an upload, or goes on with it. Only one may have it open. @param id of letters, digits and `-` */
  openUpload(id: string): Promise<BlobUpload>;
  /** What of an upload is there; undefined when nothing is. */
  statUpload(id: string): Promise<UploadInfo | undefined>;
  /** Removes an upload that is not open; no error when it is not there. */
  deleteUpload(id: string): Promise<void>;
  /** All uploads, in no order. */
  listUploads(): AsyncIterable<UploadInfo>;
  /** What may still be written here, in bytes; undefined where nobody knows. */
  freeBytes(): Promise<number | undefined>;
}

/** An open upload. Disposing keeps what came. */
export interface BlobUpload extends AsyncDisposable {
  /** What of it is there. */
  readonly sizeBytes: number;
  /** Adds bytes at the end. @throws {HostError} `no-space` when there is no room: what there is of them may be there or not */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves once all that was added is on the medium. */
  sync(): Promise<void>;
  /** Compares what is there with a digest, and waits until it is on the medium. */
  matches(digest: ContentDigest): Promise<boolean>;
  /** Gives what {@linkcode BlobUpload.matches} found to match its name. The upload is over. */
  finish(digest: ContentDigest): Promise<void>;
  /** Removes all of it. The upload is over. */
  discard(): Promise<void>;
}

/** A content that does not have the digest it should have. */
export class DigestMismatch extends Error {
  /** `DigestMismatch`. */
  override readonly name = "DigestMismatch";
}

/** More bytes came than may. */
export class TooManyBytes extends Error {
  /** `TooManyBytes`. */
  override readonly name = "TooManyBytes";
}

/**
 * Adds what a source brings to an upload. What came before a failure is kept.
 *
 * @throws {TooManyBytes} when there is more than `limitBytes`; no more than these are added
 * @throws what the source fails with
 */
export async function appendAll(
  upload: BlobUpload,
  source: ByteSource,
  options: { readonly limitBytes: number },
): Promise<void> {
  let left = options.limitBytes;
  // Leaving the loop cancels the source.
  for await (const chunk of source) {
    if (chunk.length > left) {
      await upload.append(chunk.subarray(0, left));
      throw new TooManyBytes(
        `Cannot take the content: it is longer than ${options.limitBytes} bytes`,
      );
    }
    await upload.append(chunk);
    left -= chunk.length;
  }
}

/**
 * Stores a content that comes as a stream.
 *
 * @throws {TooManyBytes} when it is longer than `limitBytes`
 * @throws {DigestMismatch} when it is another one; nothing of it stays in either case
 */
export async function putBlob(
  host: Pick<Host, "random">,
  store: BlobStore,
  content: {
    readonly digest: ContentDigest;
    readonly source: ByteSource;
    readonly limitBytes: number;
    /** Of the upload. @default a new one */
    readonly id?: string;
  },
): Promise<void> {
  const { digest, source, limitBytes, id = host.random.uuid() } = content;
  await using upload = await store.openUpload(id);
  try {
    await appendAll(upload, source, { limitBytes });
    if (!await upload.matches(digest)) {
      throw new DigestMismatch(`Cannot store the content: it is not ${digest}`);
    }
    await upload.finish(digest);
  } catch (error) {
    await upload.discard();
    throw error;
  }
}

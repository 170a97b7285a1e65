/**
 * Contents as files under their digests.
 *
 * ```text
 *  DIR/format                 which form this folder has
 *     /blobs/sha256/<hex>     contents: verified, synced, then renamed to here
 *     /uploads/<id>           what is not whole yet
 * ```
 *
 * @module
 */
import { join } from "node:path";
import type {
  BlobInfo,
  BlobRange,
  BlobStore,
  BlobUpload,
  ByteSource,
  UploadInfo,
} from "../../base/blob_store.ts";
import {
  type AppendFile,
  type Host,
  HostError,
  type ReadFile,
} from "../../base/host.ts";
import {
  type ContentDigest,
  digestParts,
  isContentDigest,
} from "../../base/oci/content_digest.ts";
import { RunningDigests } from "../../base/running_digests.ts";

/** Bytes that are read at once. */
const READ_BYTES = 128 * 1024;
/** The form that is described above. */
const FORMAT = "1\n";
/** Contents may be secret: nobody else on the machine reads them. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** See the module. */
export class DiskBlobStore implements BlobStore {
  readonly #host: Pick<Host, "disk" | "crypto">;
  readonly #dir: string;
  readonly #digests: RunningDigests;

  private constructor(host: Pick<Host, "disk" | "crypto">, dir: string) {
    this.#host = host;
    this.#dir = dir;
    this.#digests = new RunningDigests(host);
  }

  /** Opens a folder; makes it when it is not there. @throws {HostError} `invalid` when it has a form that we do not know */
  static async open(
    host: Pick<Host, "disk" | "crypto">,
    dir: string,
  ): Promise<DiskBlobStore> {
    await prepare(host, dir);
    return new DiskBlobStore(host, dir);
  }

  async stat(digest: ContentDigest): Promise<BlobInfo | undefined> {
    const info = await orAbsent(this.#host.disk.stat(this.#blob(digest)));
    return info && { digest, sizeBytes: info.sizeBytes };
  }

  async read(
    digest: ContentDigest,
    range?: BlobRange,
  ): Promise<ByteSource | undefined> {
    const file = await orAbsent(
      this.#host.disk.openRead(this.#blob(digest), {
        offset: range?.offset ?? 0,
      }),
    );
    if (file === undefined) return undefined;
    const { offset, length } = range ?? { offset: 0, length: file.sizeBytes };
    return contentOf(file, Math.min(length, file.sizeBytes - offset));
  }

  async delete(digest: ContentDigest): Promise<void> {
    await this.#host.disk.remove(this.#blob(digest));
  }

  async *list(): AsyncIterable<BlobInfo> {
    for (const algorithm of ["sha256", "sha512"]) {
      const folder = join(this.#dir, "blobs", algorithm);
      for (const name of await this.#host.disk.list(folder)) {
        const digest = `${algorithm}:${name}`;
        const info = isContentDigest(digest)
          ? await this.stat(digest)
          : undefined;
        if (info !== undefined) yield info;
      }
    }
  }

  async openUpload(id: string): Promise<BlobUpload> {
    const path = this.#upload(id);
    const file = await this.#host.disk.openAppend(path, { mode: FILE_MODE });
    const { sizeBytes } = await this.#host.disk.stat(path);
    return new DiskUpload(this.#host, {
      id,
      path,
      file,
      sizeBytes,
      digests: this.#digests,
      nameOf: (digest) => this.#blob(digest),
    });
  }

  async statUpload(id: string): Promise<UploadInfo | undefined> {
    const info = await orAbsent(this.#host.disk.stat(this.#upload(id)));
    return info && { id, sizeBytes: info.sizeBytes };
  }

  async deleteUpload(id: string): Promise<void> {
    this.#digests.forget(id);
    await this.#host.disk.remove(this.#upload(id));
  }

  async *listUploads(): AsyncIterable<UploadInfo> {
    for (const id of await this.#host.disk.list(join(this.#dir, "uploads"))) {
      const info = await this.statUpload(id);
      if (info !== undefined) yield info;
    }
  }

  async freeBytes(): Promise<number> {
    return (await this.#host.disk.space(this.#dir)).availableBytes;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #blob(digest: ContentDigest): string {
    const { algorithm, hex } = digestParts(digest);
    return join(this.#dir, "blobs", algorithm, hex);
  }

  #upload(id: string): string {
    if (!/^[0-9A-Za-z-]+$/.test(id)) {
      throw new RangeError(`Cannot name an upload "${id}"`);
    }
    return join(this.#dir, "uploads", id);
  }
}

class DiskUpload implements BlobUpload {
  readonly #host: Pick<Host, "disk">;
  readonly #of: {
    readonly id: string;
    readonly path: string;
    readonly file: AppendFile;
    readonly digests: RunningDigests;
    nameOf(digest: ContentDigest): string;
  };
  #sizeBytes: number;

  constructor(
    host: Pick<Host, "disk">,
    { sizeBytes, ...of }: {
      readonly id: string;
      readonly path: string;
      readonly file: AppendFile;
      readonly sizeBytes: number;
      readonly digests: RunningDigests;
      nameOf(digest: ContentDigest): string;
    },
  ) {
    this.#host = host;
    this.#of = of;
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    const { id, path, file, digests } = this.#of;
    try {
      await file.append(bytes);
    } catch (error) {
      // A part of it may be there.
      digests.forget(id);
      this.#sizeBytes = (await this.#host.disk.stat(path)).sizeBytes;
      throw error;
    }
    digests.add(id, bytes, this.#sizeBytes);
    this.#sizeBytes += bytes.length;
  }

  async sync(): Promise<void> {
    await this.#of.file.sync();
  }

  async matches(digest: ContentDigest): Promise<boolean> {
    const { id, path, digests } = this.#of;
    await this.sync();
    return await digests.matches(digest, {
      id,
      sizeBytes: this.#sizeBytes,
      read: async () => {
        const file = await this.#host.disk.openRead(path);
        return contentOf(file, this.#sizeBytes);
      },
    });
  }

  async finish(digest: ContentDigest): Promise<void> {
    const { path, nameOf } = this.#of;
    await this.#host.disk.rename(path, nameOf(digest), { sync: true });
  }

  async discard(): Promise<void> {
    const { id, path, digests } = this.#of;
    digests.forget(id);
    await this.#host.disk.remove(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#of.file[Symbol.asyncDispose]();
  }
}

/** So much of an open file; owns the file. */
function contentOf(file: ReadFile, length: number): ByteSource {
  let left = length;
  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    await file[Symbol.asyncDispose]();
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const buffer = new Uint8Array(Math.min(left, READ_BYTES));
        const count = left > 0 ? await file.read(buffer) : 0;
        if (count === null) {
          throw new HostError("other", "Cannot read a content: it is cut off");
        }
        left -= count;
        if (count > 0) controller.enqueue(buffer.subarray(0, count));
        if (left > 0) return;
        await close();
        controller.close();
      } catch (error) {
        await close();
        throw error;
      }
    },
    cancel: close,
  }, { highWaterMark: 0 });
}

/** Makes the folders so that they are on the medium before anything is put into them. */
async function prepare(
  host: Pick<Host, "disk">,
  dir: string,
): Promise<void> {
  const { disk } = host;
  const isNew = await orAbsent(disk.stat(dir)) === undefined;
  if (isNew) {
    const made = `${dir}.new`;
    await disk.remove(made);
    await fill(host, made);
    return await disk.rename(made, dir, { sync: true });
  }
  const format = await orAbsent(disk.readText(join(dir, "format")));
  if (format === undefined) return await fill(host, dir);
  if (format !== FORMAT) {
    throw new HostError(
      "invalid",
      `Cannot use "${dir}": its format is ${
        JSON.stringify(format.slice(0, 20))
      }, this program knows ${JSON.stringify(FORMAT)}`,
    );
  }
}

/** The file is written last, and syncs the folder that it is in. */
async function fill({ disk }: Pick<Host, "disk">, dir: string): Promise<void> {
  for (const name of ["blobs/sha256", "blobs/sha512", "uploads"]) {
    await disk.mkdir(join(dir, name), { mode: FOLDER_MODE });
  }
  await disk.writeAtomic(join(dir, "blobs", "format"), FORMAT);
  await disk.writeAtomic(join(dir, "format"), FORMAT);
}

async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") {
      return undefined;
    }
    throw error;
  }
}

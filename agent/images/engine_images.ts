/**
 * The images of one engine: files of the node, and artifacts of registries. Each is one content, verified before anything is made of it.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import { type Host, HostError } from "../../src/base/host.ts";
import type { Digest } from "../../src/base/oci/digest.ts";
import {
  type ImageReference,
  parseReference,
} from "../../src/base/oci/reference.ts";
import { ContentStore } from "./content_store.ts";
import type {
  EngineImage,
  EngineImageSet,
  ImageFormat,
} from "./engine_image.ts";
import { imagePath, isFileImage } from "./file_image.ts";
import { type ImageRecord, ImageRecords } from "./image_records.ts";
import type { ImageSource } from "./image_source.ts";
import type { NodeImage } from "./node_image.ts";
import { RuntimeError } from "./runtime_error.ts";

/** The largest content that is taken, in bytes, when nobody says another. */
export const MAX_IMAGE_BYTES = 1024 * 1024 * 1024;

/** How much of a file is read at once. */
const PIECE_BYTES = 256 * 1024;

/** What {@linkcode EngineImages} works with. */
export interface EngineImagesOptions {
  /** Folder of its own. */
  readonly dir: string;
  readonly format: ImageFormat;
  /** The node's folder of `file:` images; without it only absolute paths are images. */
  readonly imageDir?: string;
  /** Where other images come from. @default nowhere */
  readonly source?: ImageSource;
  /** The largest content that is taken. @default the source's, or MAX_IMAGE_BYTES */
  readonly maxBytes?: number;
}

type ImagesHost = Pick<Host, "disk" | "crypto" | "clock" | "random">;

/** See the module. */
export class EngineImages implements EngineImageSet {
  readonly #host: ImagesHost;
  readonly #options: EngineImagesOptions;
  readonly #store: ContentStore;
  readonly #records: ImageRecords;
  /** Pulls that are under way: their contents may be here before their images are. */
  #pulls = 0;
  /** Contents may be here that no image is of. */
  #hasUnused = false;

  private constructor(
    host: ImagesHost,
    options: EngineImagesOptions,
    parts: { store: ContentStore; records: ImageRecords },
  ) {
    this.#host = host;
    this.#options = options;
    this.#store = parts.store;
    this.#records = parts.records;
  }

  /** Reads what is known, and removes contents that no image is of. */
  static async open(
    host: ImagesHost,
    options: EngineImagesOptions,
  ): Promise<EngineImages> {
    const { dir, source } = options;
    const records = await ImageRecords.open(host, `${dir}/images`);
    const store = await ContentStore.open(host, {
      dir,
      ...source?.rate && { rate: source.rate },
      ...source?.underWay && { underWay: source.underWay },
    });
    const images = new EngineImages(host, options, { store, records });
    await images.#removeUnused();
    return images;
  }

  /** @inheritDoc */
  async get(image: string): Promise<EngineImage | undefined> {
    this.#checkName(image);
    const record = this.#records.get(image);
    if (!record || !await this.#store.has(record.digest, record.sizeBytes)) {
      return undefined;
    }
    if (isFileImage(image) && await this.#hasChanged(record)) return undefined;
    return this.#imageOf(record);
  }

  /** @inheritDoc */
  byRef(imageRef: string): EngineImage | undefined {
    const record = this.#records.all().find((one) => one.imageRef === imageRef);
    return record && this.#imageOf(record);
  }

  /** @inheritDoc */
  async pull(image: string, options: {
    readonly auth?: { readonly username: string; readonly password: string };
    readonly signal?: AbortSignal;
  } = {}): Promise<EngineImage> {
    this.#checkName(image);
    this.#pulls++;
    try {
      const record = isFileImage(image)
        ? await this.#copyFile(image)
        : await this.#pull(image, options);
      await this.#keepFormer(record);
      await this.#records.put(record);
      return this.#imageOf(record);
    } catch (error) {
      // Some of its contents may have come: who says something else each time must not fill the disk.
      this.#hasUnused = true;
      throw error;
    } finally {
      this.#pulls--;
      if (this.#hasUnused) await this.#removeUnused();
    }
  }

  /** @inheritDoc */
  list(): NodeImage[] {
    const byRef = Map.groupBy(this.#records.all(), ({ imageRef }) => imageRef);
    return [...byRef].map(([id, records]) => ({
      names: [
        ...new Set(
          records.flatMap(({ repository, imageRef }) =>
            repository === undefined ? [] : [`${repository}@${imageRef}`]
          ),
        ),
        ...records.map(({ image }) => image)
          .filter((image) => !image.includes("@")),
      ],
      sizeBytes: records[0]!.sizeBytes,
      id,
    }));
  }

  /** @inheritDoc */
  async remove(id: string): Promise<void> {
    for (const record of this.#records.all()) {
      if (record.imageRef === id) await this.#records.drop(record.image);
    }
    await this.#removeUnused();
  }

  /** A name that can never be an image is told before anything is asked. */
  #checkName(image: string): void {
    if (isFileImage(image)) this.#pathOf(image);
    else this.#reference(image);
  }

  #pathOf(image: string): string {
    const { format, imageDir } = this.#options;
    return imagePath(image, { format, imageDir });
  }

  #reference(image: string) {
    const reference = parseReference(image);
    if (reference) return reference;
    throw new RuntimeError(
      "InvalidImageName",
      `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`,
    );
  }

  #imageOf(record: ImageRecord): EngineImage {
    const { image, imageRef, digest, sizeBytes, config } = record;
    return {
      image,
      imageRef,
      digest,
      sizeBytes,
      path: this.#store.path(digest),
      ...config !== undefined && { config },
    };
  }

  async #pull(image: string, options: {
    readonly auth?: { readonly username: string; readonly password: string };
    readonly signal?: AbortSignal;
  }): Promise<ImageRecord> {
    const { source, format } = this.#options;
    const reference = this.#reference(image);
    if (!source) {
      throw new RuntimeError("ErrImagePull", "This node has no registries");
    }
    // Most nodes start with all that they need: it is loaded with the first pull.
    const { pullFromRegistry } = await import("./registry_pull.ts");
    return await pullFromRegistry({
      host: this.#host,
      image,
      reference,
      places: await this.#places(source, { reference, ...options }),
      format,
      store: this.#store,
      maxBytes: this.#maxBytes,
      known: this.#records.get(image),
      signal: options.signal ?? new AbortController().signal,
    });
  }

  get #maxBytes(): number {
    const { maxBytes, source } = this.#options;
    return maxBytes ?? source?.maxBytes ?? MAX_IMAGE_BYTES;
  }

  async #places(source: ImageSource, { reference, auth }: {
    reference: ImageReference;
    auth?: { readonly username: string; readonly password: string };
  }) {
    try {
      return await source.places(reference, auth);
    } catch (cause) {
      throw new RuntimeError("ErrImagePull", messageOf(cause), { cause });
    }
  }

  /** Whether the file is another one since it was copied. What is gone has not changed: the copy stays good. */
  async #hasChanged(record: ImageRecord): Promise<boolean> {
    const { disk } = this.#host;
    const path = this.#pathOf(record.image);
    try {
      const info = await disk.stat(path);
      // A link's own time says nothing of what it leads to.
      if (info.isSymlink) {
        const target = await disk.realPath(path);
        const { isFile, sizeBytes } = await disk.stat(target);
        if (!isFile || sizeBytes !== record.sizeBytes) return true;
        return await digestOfFile(this.#host, target) !== record.digest;
      }
      return info.modified !== record.modified ||
        info.sizeBytes !== record.sizeBytes;
    } catch {
      return false;
    }
  }

  async #copyFile(image: string): Promise<ImageRecord> {
    const { disk } = this.#host;
    const maxBytes = this.#maxBytes;
    const path = this.#pathOf(image);
    const failure = (why: string, cause?: unknown) =>
      new RuntimeError("ErrImagePull", why, { cause });
    try {
      const info = await disk.stat(path);
      const { isFile, sizeBytes: size } = info.isSymlink
        ? await disk.stat(await disk.realPath(path))
        : info;
      if (info.isDirectory) throw failure("It is a folder");
      if (!isFile) throw failure("It is no file"); // a pipe would never end
      if (size > maxBytes) throw new RangeError("It is too large");
      const { digest, sizeBytes } = await this.#store.copy(path, maxBytes);
      const { modified } = info;
      return { image, imageRef: digest, digest, sizeBytes, modified };
    } catch (error) {
      if (error instanceof RangeError) {
        throw failure(`It has more than ${maxBytes} bytes`, error);
      }
      if (!(error instanceof HostError)) throw error;
      const why = error.code === "not-found"
        ? "There is no such file on this node"
        : error.code === "permission"
        ? "The agent may not read it"
        : error.message;
      throw failure(why, error);
    }
  }

  /** A name stands for another image now: the one before stays under its digest until images are collected, and costs nothing to go back to. */
  async #keepFormer({ image, imageRef }: ImageRecord): Promise<void> {
    const before = this.#records.get(image);
    if (before?.imageRef === imageRef) return;
    this.#hasUnused = true; // a file's former content, or layers that were unpacked
    if (before?.repository !== undefined) {
      const name = `${before.repository}@${before.imageRef}`;
      await this.#records.put({ ...before, image: name });
    }
  }

  /** Drafts stay: somebody is at them, or will be. */
  async #removeUnused(): Promise<void> {
    this.#hasUnused = this.#pulls > 0;
    if (this.#hasUnused) return;
    const records = this.#records.all();
    await this.#store.keepOnly(new Set(records.map(({ digest }) => digest)));
  }
}

/** Of what is in a file now, read piece by piece. */
async function digestOfFile(
  { disk, crypto }: Pick<Host, "disk" | "crypto">,
  path: string,
): Promise<Digest> {
  const hasher = crypto.hasher("sha256");
  await using file = await disk.openRead(path);
  const buffer = new Uint8Array(PIECE_BYTES);
  for (;;) {
    const length = await file.read(buffer);
    if (length === null) return `sha256:${hasher.digest().toHex()}`;
    hasher.update(buffer.subarray(0, length));
  }
}

/**
 * What is known of the images that are here, by the names that Pods call them: `images/<digest of the name>.json`.
 *
 * @module
 */
import { encodeHex } from "../../src/base/bytes.ts";
import type { Host } from "../../src/base/host.ts";
import { type Digest, isDigest } from "../../src/base/oci/digest.ts";

/** One name's image. */
export interface ImageRecord {
  readonly image: string;
  readonly imageRef: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly config?: unknown;
  /** `registry.example/team/app` of an image that came from a registry. */
  readonly repository?: string;
  /** A file's time of change when it was copied. */
  readonly modified?: number;
}

/** The records of one engine. */
export class ImageRecords {
  readonly #host: Pick<Host, "disk" | "crypto">;
  readonly #dir: string;
  readonly #records = new Map<string, ImageRecord>();

  private constructor(host: Pick<Host, "disk" | "crypto">, dir: string) {
    this.#host = host;
    this.#dir = dir;
  }

  /** Reads what is there. What is spoilt, or of another form, is removed: such images are pulled again when they are needed. */
  static async open(
    host: Pick<Host, "disk" | "crypto">,
    dir: string,
  ): Promise<ImageRecords> {
    const { disk } = host;
    const records = new ImageRecords(host, dir);
    await disk.mkdir(dir);
    for (const name of await disk.list(dir).catch(() => [])) {
      const record = await disk.readText(`${dir}/${name}`)
        .then(recordOf, () => undefined);
      if (record) records.#records.set(record.image, record);
      else await disk.remove(`${dir}/${name}`);
    }
    return records;
  }

  /** The image of a name. */
  get(image: string): ImageRecord | undefined {
    return this.#records.get(image);
  }

  /** All of them. */
  all(): ImageRecord[] {
    return [...this.#records.values()];
  }

  /** Remembers an image. Writes nothing that is known. */
  async put(record: ImageRecord): Promise<void> {
    const text = JSON.stringify(record);
    if (JSON.stringify(this.#records.get(record.image)) === text) return;
    await this.#host.disk.writeAtomic(this.#path(record.image), text);
    this.#records.set(record.image, record);
  }

  /** Forgets one. */
  async drop(image: string): Promise<void> {
    this.#records.delete(image);
    await this.#host.disk.remove(this.#path(image));
  }

  #path(image: string): string {
    const digest = this.#host.crypto.sha256(image);
    return `${this.#dir}/${encodeHex(digest).slice(0, 32)}.json`;
  }
}

function recordOf(text: string): ImageRecord | undefined {
  try {
    const record = JSON.parse(text);
    const isGood = typeof record?.image === "string" &&
      typeof record.imageRef === "string" && isDigest(record.digest) &&
      typeof record.sizeBytes === "number";
    return isGood ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Images of WASM containers: files on the node, by `file:///absolute/path.wasm` or `file:name.wasm` in the node's folder of images.
 *
 * `images/<digest of the name>.json` remembers what was pulled under a name, so that a pod starts again although the file is gone. A file that changed
 * since counts as not there: it is pulled again.
 *
 * @module
 */
import { encodeHex } from "../../../src/base/bytes.ts";
import { type Host, HostError } from "../../../src/base/host.ts";
import { RuntimeError } from "../runtime.ts";
import type { ModuleStore } from "./module_store.ts";
import { type WasmKind, wasmKind } from "./wasm_kind.ts";

/** An image on the node. */
export interface WasmImage {
  readonly image: string;
  /** `sha256:<hex>` of the file. */
  readonly digest: string;
  readonly kind: WasmKind;
  readonly isComponent: boolean;
  readonly sizeBytes: number;
  /** The file's time of change when it was pulled. */
  readonly modified: number;
}

/** What {@linkcode ImageStore} works with. */
export interface ImageStoreOptions {
  /** Folder of its own. */
  readonly dir: string;
  readonly modules: ModuleStore;
  /** The node's folder of images. */
  readonly imageDir?: string;
}

type StoreHost = Pick<Host, "disk" | "crypto">;

/** The largest file that is taken. */
const MAX_BYTES = 512 * 1024 * 1024;

/** The images that were pulled. */
export class ImageStore {
  readonly #host: StoreHost;
  readonly #dir: string;
  readonly #modules: ModuleStore;
  readonly #imageDir: string | undefined;
  readonly #images = new Map<string, WasmImage>();

  private constructor(
    host: StoreHost,
    options: ImageStoreOptions,
  ) {
    this.#host = host;
    this.#dir = options.dir;
    this.#modules = options.modules;
    this.#imageDir = options.imageDir;
  }

  /** Reads what is remembered in `dir`. */
  static async open(
    host: StoreHost,
    options: ImageStoreOptions,
  ): Promise<ImageStore> {
    const store = new ImageStore(host, options);
    await host.disk.mkdir(options.dir);
    for (const name of await host.disk.list(options.dir)) {
      try {
        const image: WasmImage = JSON.parse(
          await host.disk.readText(`${options.dir}/${name}`),
        );
        store.#images.set(image.image, image);
      } catch {
        await host.disk.remove(`${options.dir}/${name}`); // spoilt by a power cut: pulled again when needed
      }
    }
    return store;
  }

  /** The image if it can be run as it is now. */
  async get(image: string): Promise<WasmImage | undefined> {
    const known = this.#images.get(image);
    if (!known || !await this.#modules.has(known.digest)) return undefined;
    return await this.#isChanged(known) ? undefined : known;
  }

  async #isChanged(known: WasmImage): Promise<boolean> {
    const { disk } = this.#host;
    const path = this.pathOf(known.image);
    try {
      const info = await disk.stat(path);
      if (info.isSymlink) {
        return this.#modules.digestOf(await disk.read(path)) !== known.digest;
      }
      return info.modified !== known.modified ||
        info.sizeBytes !== known.sizeBytes;
    } catch {
      return false; // what is compiled stays good
    }
  }

  /** Where the image's file is or would be. @throws {RuntimeError} `InvalidImageName` */
  pathOf(image: string): string {
    return imagePath(image, this.#imageDir);
  }

  /** The image that has this digest. */
  byDigest(digest: string): WasmImage | undefined {
    return [...this.#images.values()].find((one) => one.digest === digest);
  }

  /** All images. */
  list(): WasmImage[] {
    return [...this.#images.values()];
  }

  /**
   * Reads, checks and compiles the file.
   *
   * @throws {RuntimeError} `InvalidImageName`, `ErrImagePull`
   */
  async pull(image: string): Promise<WasmImage> {
    const { disk } = this.#host;
    const path = this.pathOf(image);
    const failure = (why: string, cause?: unknown) =>
      new RuntimeError(
        "ErrImagePull",
        `Can not get the image "${image}": ${why}`,
        { cause },
      );
    let content: Uint8Array;
    let info: Awaited<ReturnType<typeof disk.stat>>;
    try {
      info = await disk.stat(path);
      if (info.isDirectory) throw failure("it is a folder");
      if (info.sizeBytes > MAX_BYTES) {
        throw failure(`it has more than ${MAX_BYTES} bytes`);
      }
      content = await disk.read(path);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const why = error.code === "not-found"
        ? "there is no such file on this node"
        : error.code === "permission"
        ? "the agent may not read it"
        : error.message;
      throw failure(why, error);
    }
    const look = wasmKind(content);
    if ("problem" in look) {
      throw new RuntimeError(
        "ErrImagePull",
        `Can not run the image "${image}": ${look.problem}`,
      );
    }
    const pulled: WasmImage = {
      image,
      digest: await this.#modules.add(content, image),
      ...look,
      sizeBytes: content.length,
      modified: info.modified,
    };
    const name = encodeHex(this.#host.crypto.sha256(image)).slice(0, 32);
    await disk.writeAtomic(`${this.#dir}/${name}.json`, JSON.stringify(pulled));
    this.#images.set(image, pulled);
    return pulled;
  }
}

/**
 * The path that an image's name says: `file:///absolute/path.wasm`, or `file:name.wasm` in the node's folder of images.
 *
 * @throws {RuntimeError} `InvalidImageName`
 */
export function imagePath(image: string, imageDir: string | undefined): string {
  const invalid = (why: string) =>
    new RuntimeError(
      "InvalidImageName",
      `Can not read the image name "${image}": ${why}`,
    );
  const isAbsolute = image.startsWith("file:///");
  if (!isAbsolute && !/^file:[^/]/.test(image)) {
    throw invalid(
      "a WASM image is a file of the node, file:///path.wasm or file:name.wasm",
    );
  }
  let path: string;
  try {
    path = decodeURIComponent(
      image.slice((isAbsolute ? "file://" : "file:").length),
    );
  } catch {
    throw invalid("it holds a broken % escape");
  }
  if (!/\.(wasm|wat)$/.test(path)) {
    throw invalid("the file must be called .wasm or .wat");
  }
  if (path.includes("\0") || path.split("/").includes("..")) {
    throw invalid(`".." has no place in it`);
  }
  if (path.startsWith("/")) return path;
  if (imageDir === undefined) throw invalid("this node has no image folder");
  return `${imageDir}/${path}`;
}

/**
 * Images of engines that are a program of ours and no container: one file, a WASM module or a bundle, verified and on the disk.
 *
 * @module
 */
import type { Digest } from "../../src/base/oci/digest.ts";
import type { NodeImage } from "./node_image.ts";

/** An image on the node. */
export interface EngineImage {
  /** As the Pod says it. */
  readonly image: string;
  /** The digest of its manifest; of a file its own. */
  readonly imageRef: string;
  /** The digest of the content. */
  readonly digest: Digest;
  /** The verified content; it is never changed under this name. */
  readonly path: string;
  readonly sizeBytes: number;
  /** The artifact's config as it was read; absent for files. */
  readonly config?: unknown;
}

/** What an engine takes. */
export interface ImageFormat {
  /** What it is called in messages: `WASM`, `Deno`. */
  readonly name: string;
  /** Media types of the one layer that is the content, best first. */
  readonly layerTypes: readonly string[];
  /** How a `file:` image's name may end: `.wasm`. */
  readonly extensions: readonly string[];
  /** Whom manifests of an index are for that suit the engine, in Go's words: `{ architecture: "wasm" }`. @default any that has a fitting layer */
  readonly architectures?: readonly string[];
  /** How the content's file ends in the layers of an ordinary image for one of the architectures; without it such images are none of the engine's. */
  readonly unpacks?: RegExp;
}

/** The images of one engine, as `EngineImages` (`engine_images.ts`) keeps them. */
export interface EngineImageSet {
  /** The image if it is here and good: content verified, and a file of the node unchanged since. @throws {RuntimeError} `InvalidImageName` */
  get(image: string): Promise<EngineImage | undefined>;
  /** The image that a container was made of. */
  byRef(imageRef: string): EngineImage | undefined;
  /**
   * Gets it, or finds out that what is here is the newest.
   *
   * @throws {RuntimeError} `InvalidImageName`, `ErrImagePull` with the cause alone: whoever tells of it names the image
   */
  pull(image: string, options?: {
    readonly auth?: { readonly username: string; readonly password: string };
    readonly signal?: AbortSignal;
  }): Promise<EngineImage>;
  /** For the Node's status, and for what collects images. */
  list(): NodeImage[];
  /** Removes an image with all its names by the id that {@linkcode EngineImageSet.list} tells; no error when it is gone. */
  remove(id: string): Promise<void>;
}

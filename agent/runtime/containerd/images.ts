/**
 * The images of a CRI runtime.
 *
 * @module
 */

import type { GrpcChannel } from "./grpc_channel.ts";
import { GrpcError, isGrpc } from "./grpc_error.ts";
import { type Image, ImageService } from "./gen/cri_pb.ts";
import { imageNameProblem } from "./image_name.ts";
import { type ImageUser, type NodeImage, RuntimeError } from "../runtime.ts";

/** A pull may take as long as a slow line needs; its caller's signal ends it. */
const PULL_TIMEOUT_MS = 24 * 3600 * 1000;

/** What containerd says of an artifact that is no image of a container. */
const NO_FILES = /mismatched image rootfs and manifest layers/;
/** And what it says when it is asked to run one: it keeps what it could not unpack. */
const NO_COMMAND = /no command specified$/;
const OTHER_ENGINES =
  'a WASM module needs runtimeClassName "wasmtime", a bundle "deno"';

/** Finds, pulls and lists images. */
export class Images {
  readonly #channel: GrpcChannel;

  constructor(channel: GrpcChannel) {
    this.#channel = channel;
  }

  /** The image's id, size and user, undefined when it is not on the node. */
  async status(
    image: string,
  ): Promise<
    { imageRef: string; sizeBytes: number; user: ImageUser } | undefined
  > {
    checkName(image); // a bad name is told before anything is pulled
    const found = (await this.#channel.unary(ImageService.method.imageStatus, {
      image: { image },
    })).image;
    return found && {
      imageRef: found.id,
      sizeBytes: Number(found.size),
      user: userOf(found),
    };
  }

  /**
   * Pulls the image, also when it is there.
   *
   * @throws {RuntimeError} `InvalidImageName`, `ErrImagePull` with the runtime's text.
   */
  async pull(image: string, options: {
    auth?: {
      username: string;
      password: string;
      /** The only host that may see it, `https://host:port`. @default all that are asked */
      serverAddress?: string;
    };
    signal: AbortSignal;
  }): Promise<{ imageRef: string }> {
    checkName(image);
    try {
      const pulled = await this.#channel.unary(ImageService.method.pullImage, {
        image: { image },
        ...(options.auth ? { auth: options.auth } : {}),
      }, { signal: options.signal, timeoutMs: PULL_TIMEOUT_MS });
      return { imageRef: pulled.imageRef };
    } catch (error) {
      if (!(error instanceof GrpcError)) throw error;
      throw new RuntimeError("ErrImagePull", withHint(error.message), {
        cause: error,
      });
    }
  }

  /** All images with their names. */
  async list(): Promise<NodeImage[]> {
    const { images } = await this.#channel.unary(
      ImageService.method.listImages,
      {},
    );
    return images.map((image: Image) => ({
      names: [...image.repoDigests, ...image.repoTags],
      sizeBytes: Number(image.size),
      id: image.id,
      pinned: image.pinned,
    }));
  }

  /** Removes an image; no error when it is not there. */
  async remove(imageRef: string): Promise<void> {
    try {
      await this.#channel.unary(ImageService.method.removeImage, {
        image: { image: imageRef },
      });
    } catch (error) {
      if (!isGrpc(error, "NotFound")) throw error;
    }
  }
}

/** containerd's own words, with what was forgotten: they lead nobody to it. */
export function withHint(message: string): string {
  if (NO_FILES.test(message)) {
    return `${message}: it holds no files of a container; ${OTHER_ENGINES}`;
  }
  return NO_COMMAND.test(message)
    ? `${message}: neither the pod nor the image says one; ${OTHER_ENGINES}`
    : message;
}

/** A file of the node, which is no image of containers. */
const FILE = /^file:(?:\/|.*\.(?:wasm|wat|m?js)$)/;

/** Refuses what names no image of containers. @throws {RuntimeError} `InvalidImageName` */
export function checkName(image: string): void {
  const problem = FILE.test(image)
    ? `it is a file of the node; ${OTHER_ENGINES}`
    : imageNameProblem(image);
  if (problem === undefined) return;
  throw new RuntimeError(
    "InvalidImageName",
    `Failed to apply default image tag "${image}": ${problem}`,
  );
}

/** An image that names nobody runs as root. */
function userOf({ uid, username }: Image): ImageUser {
  if (uid) return { uid: Number(uid.value) };
  return username ? { username } : { uid: 0 };
}

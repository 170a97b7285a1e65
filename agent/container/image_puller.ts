/**
 * Gets images onto the node: one pull per image at a time, few at once.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";
import { RegistryAway } from "../images/registry_away.ts";
import { type Runtime, RuntimeError } from "../runtime/runtime.ts";
import type { ImageAccess, PullAuth } from "./image_access.ts";
import { Limiter } from "../../src/base/limiter.ts";
import { unlessAborted } from "./race.ts";
import { goDuration } from "./restart_backoff.ts";

export type { PullAuth } from "./image_access.ts";

/** How many images are pulled at once; kubelet's default is one after the other. */
export const PARALLEL_PULLS = 1;

/** The container's `imagePullPolicy`. */
export type PullPolicy = "Always" | "IfNotPresent" | "Never";

/** An image that can be run. */
export interface ReadyImage {
  readonly imageRef: string;
  /** For the event `Pulled`. */
  readonly message: string;
}

/** What a {@linkcode ImagePuller} may be told. */
export interface ImagePullerOptions {
  /** How many images are pulled at once. @default PARALLEL_PULLS */
  readonly parallelPulls?: number;
  /** Who may use what is here. @default everybody */
  readonly access?: ImageAccess;
}

/** How an image is wanted. */
export interface ImageWish {
  readonly policy: PullPolicy;
  /** The pod's credentials for the image; asked for only when they are needed. @default none */
  readonly credentials?: () => Promise<readonly PullAuth[]>;
  readonly signal: AbortSignal;
  /** Called before the pull; not called when the image is there. */
  readonly onPull: () => void;
}

/** A pull that some pods wait for. */
interface SharedPull {
  readonly done: Promise<ReadyImage>;
  readonly end: AbortController;
  waiting: number;
}

/** The puller of one runtime. */
export class ImagePuller {
  readonly #host: Pick<Host, "clock">;
  readonly #runtime: Runtime;
  readonly #access: ImageAccess | undefined;
  readonly #limiter: Limiter;
  readonly #pulling = new Map<string, SharedPull>();

  constructor(
    host: Pick<Host, "clock">,
    runtime: Runtime,
    options: ImagePullerOptions = {},
  ) {
    this.#host = host;
    this.#runtime = runtime;
    this.#access = options.access;
    this.#limiter = new Limiter(options.parallelPulls ?? PARALLEL_PULLS);
  }

  /**
   * Makes sure that the image is on the node.
   *
   * @throws {RuntimeError} `ErrImagePull`, `ErrImageNeverPull`, `InvalidImageName`, `ImageInspectError`
   */
  async ensure(image: string, wish: ImageWish): Promise<ReadyImage> {
    let known: Promise<readonly PullAuth[]> | undefined;
    const credentials = () =>
      known ??= wish.credentials?.() ?? Promise.resolve([]);
    if (wish.policy !== "Always") {
      const there = await this.#there(image, credentials);
      if (there) return there;
      if (wish.policy === "Never") {
        throw new RuntimeError(
          "ErrImageNeverPull",
          `Container image "${image}" is not present with pull policy of Never`,
        );
      }
    }
    const auths = await unlessAborted(credentials(), wish.signal);
    wish.onPull();
    try {
      return await this.#shared(image, { auths, signal: wish.signal });
    } catch (error) {
      if (!(error instanceof RegistryAway)) throw error;
      // Nobody can tell whether there is a newer one: a node that is cut off runs what it has.
      const there = await this.#there(image, credentials);
      if (!there) throw error;
      return there;
    }
  }

  /** A pull is shared by all that want it alike, so one pod's end must not end it; the last one's does. */
  async #shared(
    image: string,
    wish: { auths: readonly PullAuth[]; signal: AbortSignal },
  ): Promise<ReadyImage> {
    const { auths } = wish;
    const key = JSON.stringify([image, auths]);
    const pull = this.#pulling.get(key) ?? this.#begin(key, { image, auths });
    pull.waiting++;
    try {
      return await unlessAborted(pull.done, wish.signal);
    } finally {
      pull.waiting--;
      if (pull.waiting === 0) {
        this.#forget(key, pull);
        pull.end.abort(new Error("No pod waits for the image any more"));
      }
    }
  }

  #begin(
    key: string,
    { image, auths }: { image: string; auths: readonly PullAuth[] },
  ): SharedPull {
    const startedMs = this.#host.clock.monotonicMs();
    const end = new AbortController();
    const { signal } = end;
    const done = this.#limiter.run(() =>
      this.#pull(image, { auths, startedMs, signal })
    );
    const pull: SharedPull = { done, end, waiting: 0 };
    this.#pulling.set(key, pull);
    const forget = () => this.#forget(key, pull);
    done.then(forget, forget);
    return pull;
  }

  #forget(key: string, pull: SharedPull): void {
    if (this.#pulling.get(key) === pull) this.#pulling.delete(key);
  }

  /** The image when it is here and the pod may have it. */
  async #there(
    image: string,
    credentials: () => Promise<readonly PullAuth[]>,
  ): Promise<ReadyImage | undefined> {
    const found = await this.#inspect(image);
    if (!found) return undefined;
    const { imageRef } = found;
    const isOpen = await this.#access?.isOpen(image, {
      imageRef,
      repository: withoutTag(image),
      credentials,
    }) ?? true;
    if (!isOpen) return undefined;
    return {
      imageRef,
      message:
        `Container image "${image}" already present on machine and can be accessed by the pod`,
    };
  }

  async #inspect(image: string): ReturnType<Runtime["imageStatus"]> {
    try {
      return await this.#runtime.imageStatus(image);
    } catch (error) {
      if (error instanceof RuntimeError) throw error;
      throw new RuntimeError(
        "ImageInspectError",
        `Failed to inspect image "${image}": ${messageOf(error)}`,
      );
    }
  }

  async #pull(
    image: string,
    { auths, startedMs, signal }: {
      auths: readonly PullAuth[];
      startedMs: number;
      signal: AbortSignal;
    },
  ): Promise<ReadyImage> {
    signal.throwIfAborted();
    const { clock } = this.#host;
    const begunMs = clock.monotonicMs();
    const repository = withoutTag(image);
    if (auths.length > 0) await this.#access?.begins(image);
    try {
      const { imageRef, used } = await this.#tryAll(image, {
        auths,
        signal,
      });
      const size = (await this.#inspect(image).catch(() => undefined))
        ?.sizeBytes ?? 0;
      await this.#access?.ended(image, { imageRef, repository, used });
      const endedMs = clock.monotonicMs();
      const took = goDuration(Math.floor(endedMs - begunMs));
      const waited = goDuration(Math.floor(endedMs - startedMs));
      return {
        imageRef,
        message:
          `Successfully pulled image "${image}" in ${took} (${waited} including waiting). Image size: ${size} bytes.`,
      };
    } catch (error) {
      await this.#access?.ended(image, { repository });
      throw error;
    }
  }

  /** One after the other, until the registry takes one. */
  async #tryAll(
    image: string,
    { auths, signal }: { auths: readonly PullAuth[]; signal: AbortSignal },
  ): Promise<{ imageRef: string; used?: PullAuth }> {
    if (auths.length === 0) {
      return await this.#runtime.pullImage(image, { signal });
    }
    const errors: unknown[] = [];
    for (const used of auths) {
      const { username, password } = used;
      const auth = { username, password };
      try {
        return {
          ...await this.#runtime.pullImage(image, { auth, signal }),
          used,
        };
      } catch (error) {
        errors.push(error);
      }
    }
    const texts = [...new Set(errors.map(messageOf))];
    const [first] = errors;
    if (texts.length === 1) throw first;
    throw new RuntimeError("ErrImagePull", `[${texts.join(", ")}]`);
  }
}

/** `registry:5000/app` of `registry:5000/app:1@sha256:…`. */
function withoutTag(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
}

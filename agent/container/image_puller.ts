/**
 * Gets images onto the node: one pull per image at a time, few at once.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { type Runtime, RuntimeError } from "../runtime/runtime.ts";
import { Limiter } from "./limiter.ts";
import { unlessAborted } from "./race.ts";

/** How many images are pulled at once. */
export const PARALLEL_PULLS = 3;

/** The container's `imagePullPolicy`. */
export type PullPolicy = "Always" | "IfNotPresent" | "Never";

/** Credentials for a registry. */
export interface PullAuth {
  readonly username: string;
  readonly password: string;
}

/** An image that can be run. */
export interface ReadyImage {
  readonly imageRef: string;
  /** How long the pull took; absent when the image was there. */
  readonly pulledMs?: number;
}

/** The puller of one runtime. */
export class ImagePuller {
  readonly #host: Pick<Host, "clock">;
  readonly #runtime: Runtime;
  readonly #limiter = new Limiter(PARALLEL_PULLS);
  readonly #pulling = new Map<string, Promise<ReadyImage>>();

  constructor(host: Pick<Host, "clock">, runtime: Runtime) {
    this.#host = host;
    this.#runtime = runtime;
  }

  /**
   * Makes sure that the image is on the node.
   *
   * @throws {RuntimeError} `ErrImagePull`, `ErrImageNeverPull`, `InvalidImageName`
   */
  async ensure(image: string, options: {
    readonly policy: PullPolicy;
    readonly auth?: PullAuth;
    readonly signal: AbortSignal;
    /** Called before the pull; not called when the image is there. */
    readonly onPull: () => void;
  }): Promise<ReadyImage> {
    if (options.policy !== "Always") {
      const there = await this.#runtime.imageStatus(image);
      if (there) return { imageRef: there.imageRef };
      if (options.policy === "Never") {
        throw new RuntimeError(
          "ErrImageNeverPull",
          `Container image "${image}" is not present with pull policy of Never`,
        );
      }
    }
    options.onPull();
    // A pull is shared by all that want it, so one pod's end must not end it.
    let pull = this.#pulling.get(image);
    if (!pull) {
      pull = this.#limiter.run(() => this.#pull(image, options.auth));
      this.#pulling.set(image, pull);
      const forget = () => void this.#pulling.delete(image);
      pull.then(forget, forget);
    }
    return await unlessAborted(pull, options.signal);
  }

  async #pull(image: string, auth?: PullAuth): Promise<ReadyImage> {
    const startedMs = this.#host.clock.monotonicMs();
    const { imageRef } = await this.#runtime.pullImage(image, {
      ...(auth && { auth }),
      signal: new AbortController().signal,
    });
    return {
      imageRef,
      pulledMs: this.#host.clock.monotonicMs() - startedMs,
    };
  }
}

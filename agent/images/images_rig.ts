/**
 * Engine images against a scripted registry under virtual time, for tests.
 *
 * @module
 */
import assert from "node:assert/strict";
import { encodeText } from "../../src/base/bytes.ts";
import {
  OLD_WASM_LAYER,
  WASM_CONFIG,
  WASM_LAYER,
} from "../../src/base/oci/media_types.ts";
import { RegistryClient } from "../../src/client/registry/mod.ts";
import { type MemoryDisk, memoryDisk } from "../../src/testing/memory_disk.ts";
import { ScriptedRegistry } from "../../src/testing/scripted_registry.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import type { ImageFormat } from "./engine_image.ts";
import { EngineImages, type EngineImagesOptions } from "./engine_images.ts";
import { PullRate } from "./pull_rate.ts";
import { PullsUnderWay } from "./pulls_under_way.ts";
import { RuntimeError } from "./runtime_error.ts";

/** What wasmtime takes. */
export const WASM_FORMAT: ImageFormat = {
  name: "WASM",
  layerTypes: [WASM_LAYER, OLD_WASM_LAYER],
  extensions: [".wasm", ".wat"],
  architectures: ["wasm", "wasm32"],
};

/** The name of {@linkcode ImagesRig.put}'s artifact. */
export const IMAGE = "registry.example/team/app:1";

/** A content that tells its places apart. */
export function bytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    content[at] = (at * 31 + seed) >> (at % 5);
  }
  return content;
}

/** Checks that a pull failed, and what is told of it. */
export const failure =
  (message: RegExp, reason = "ErrImagePull") => (error: Error) => {
    assert.ok(error instanceof RuntimeError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    return true;
  };

/** See the module. */
export class ImagesRig {
  readonly clock = new VirtualHost();
  readonly disk: MemoryDisk = memoryDisk(() => this.clock.clock.now());
  readonly registry = new ScriptedRegistry();
  readonly host = {
    clock: this.clock.clock,
    random: this.clock.random,
    crypto: this.clock.crypto,
    disk: this.disk as unknown as VirtualHost["disk"],
  };
  readonly underWay: PullsUnderWay = new PullsUnderWay(this.host);
  images!: EngineImages;
  readonly #options: Partial<EngineImagesOptions>;
  readonly #rate: PullRate;

  private constructor(
    options: Partial<EngineImagesOptions>,
    bytesPerSecond?: number,
  ) {
    this.#options = options;
    this.#rate = new PullRate(this.host, bytesPerSecond);
  }

  static async open(
    options: Partial<EngineImagesOptions> & { bytesPerSecond?: number } = {},
  ): Promise<ImagesRig> {
    const { bytesPerSecond, ...rest } = options;
    const rig = new ImagesRig(rest, bytesPerSecond);
    await rig.restart();
    return rig;
  }

  /** Another agent on the same disk. */
  async restart(): Promise<void> {
    this.images = await EngineImages.open(this.host, {
      dir: "/d",
      format: WASM_FORMAT,
      imageDir: "/images",
      source: {
        rate: this.#rate,
        underWay: this.underWay,
        places: ({ registry, repository }, auth) =>
          Promise.resolve([{
            repository,
            client: new RegistryClient(this.host, {
              fetch: this.registry.fetch,
              baseUrl: new URL(`http://${registry}`),
              attempts: 1,
              ...auth && { credentials: auth },
            }),
          }]),
      },
      ...this.#options,
    });
  }

  /** Puts a module into the registry; answers its manifest's digest. */
  put(content: Uint8Array<ArrayBuffer> | string, tag = "1") {
    return this.registry.put({
      repository: "team/app",
      tag,
      configType: WASM_CONFIG,
      config: { architecture: "wasm" },
      layers: [{
        mediaType: WASM_LAYER,
        content: typeof content === "string" ? encodeText(content) : content,
      }],
    });
  }

  /** Lets time pass until a call has ended. */
  async run<T>(call: Promise<T>, stepMs = 1_000): Promise<T> {
    let over = false;
    const ended = () => void (over = true);
    call.then(ended, ended);
    while (!over) await this.clock.advance(stepMs);
    return await call;
  }

  /** Content that a reader finds under an image's path. */
  content(image: { path: string }): Uint8Array | undefined {
    return this.disk.files.get(image.path)?.data;
  }

  /** What the folders of contents and drafts hold. */
  names(folder: "content" | "drafts" | "images"): string[] {
    return [...this.disk.files.keys()].filter((path) =>
      path.startsWith(`/d/${folder}/`)
    );
  }
}

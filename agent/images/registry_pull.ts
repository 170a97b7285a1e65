/**
 * Gets an image of an engine from registries.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import { HostError } from "../../src/base/host.ts";
import { decodeText } from "../../src/base/bytes.ts";
import type { Descriptor } from "../../src/base/oci/manifest.ts";
import { EMPTY_CONFIG } from "../../src/base/oci/media_types.ts";
import type { ImageReference } from "../../src/base/oci/reference.ts";
import { RegistryError } from "../../src/client/registry/mod.ts";
import { readArtifact } from "./artifact.ts";
import { type ContentStore, WrongContent } from "./content_store.ts";
import type { ImageFormat } from "./engine_image.ts";
import type { ImageRecord } from "./image_records.ts";
import type { ImagePlace } from "./image_source.ts";
import { RegistryAway } from "./registry_away.ts";
import { RuntimeError } from "./runtime_error.ts";

/** How deep an index may lead to another. */
const MAX_DEPTH = 4;
/** The largest config that is read. */
const MAX_CONFIG_BYTES = 1024 * 1024;

/** What a pull works with. */
export interface RegistryPullOptions {
  readonly image: string;
  readonly reference: ImageReference;
  /** Tried in this order. */
  readonly places: readonly ImagePlace[];
  readonly format: ImageFormat;
  readonly store: ContentStore;
  /** The largest content that is taken. */
  readonly maxBytes: number;
  /** What is here under this name. */
  readonly known?: ImageRecord | undefined;
  readonly signal: AbortSignal;
}

/** An image that is not what it should be, whoever is asked. */
class Unfit extends Error {}

/**
 * Pulls. Nothing but a digest moves when what is here is what the registry has.
 *
 * @throws {RegistryAway} when none of the registries can be asked, {RuntimeError} `ErrImagePull` with what they said, the signal's reason
 */
export async function pullFromRegistry(
  options: RegistryPullOptions,
): Promise<ImageRecord> {
  const { image, places, signal } = options;
  const errors: unknown[] = [];
  for (const place of places) {
    try {
      return await new Pull(options, place).run();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      errors.push(error);
      if (error instanceof Unfit) break;
    }
  }
  const causes = [...new Set(errors.map(messageOf))].join("; ");
  const message = `Failed to pull image "${image}": ${causes}`;
  const cause = { cause: errors.at(-1) };
  throw errors.length > 0 && errors.every(isAway)
    ? new RegistryAway(message, cause)
    : new RuntimeError("ErrImagePull", message, cause);
}

/** Whether an error says nothing about the image. */
function isAway(error: unknown): boolean {
  return error instanceof HostError && error.code !== "no-space" ||
    error instanceof RegistryError &&
      (error.status === 429 || error.status >= 500);
}

/** One place's try. */
class Pull {
  readonly #options: RegistryPullOptions;
  readonly #place: ImagePlace;

  constructor(options: RegistryPullOptions, place: ImagePlace) {
    this.#options = options;
    this.#place = place;
  }

  async run(): Promise<ImageRecord> {
    const { reference, known, store, signal } = this.#options;
    const { client, repository } = this.#place;
    const { tag, digest: wanted } = reference;
    if (known && await store.has(known.digest, known.sizeBytes)) {
      const now = wanted ??
        await client.digestOf(repository, tag!, { signal });
      if (now === known.imageRef) return known;
    }
    const manifest = await client.manifest(repository, wanted ?? tag!, {
      signal,
    });
    if (manifest.digest === known?.imageRef) {
      await this.#content({
        mediaType: "",
        digest: known.digest,
        size: known.sizeBytes,
      });
      return known;
    }
    const { layer, config } = await this.#resolve(manifest);
    await this.#content(layer);
    return {
      image: this.#options.image,
      imageRef: manifest.digest,
      digest: layer.digest,
      sizeBytes: layer.size,
      repository: `${reference.registry}/${reference.repository}`,
      ...config && { config: await this.#config(config) },
    };
  }

  /** From manifest to manifest, until there is the content. */
  async #resolve(
    first: { mediaType: string; json: Readonly<Record<string, unknown>> },
  ): Promise<{ layer: Descriptor; config?: Descriptor }> {
    const { format, signal, maxBytes } = this.#options;
    const { client, repository } = this.#place;
    let { mediaType, json } = first;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const found = readArtifact(mediaType, json, format);
      switch (found.kind) {
        case "problem":
          throw new Unfit(upper(found.problem));
        case "content":
          if (found.layer.size > maxBytes) {
            throw new Unfit(
              `It has ${found.layer.size} bytes, this node takes images of up to ${maxBytes} (--image-max-bytes)`,
            );
          }
          return found;
      }
      ({ mediaType, json } = await client.manifest(
        repository,
        found.next.digest,
        { signal },
      ));
    }
    throw new Unfit(`It is an index within an index, ${MAX_DEPTH} deep`);
  }

  async #content(layer: Descriptor): Promise<void> {
    const { store, signal } = this.#options;
    const { client, repository } = this.#place;
    try {
      await store.fetch({
        digest: layer.digest,
        sizeBytes: layer.size,
        from: client.name,
        open: (offset, signal) =>
          client.blob(repository, layer, { offset, signal }),
      }, signal);
    } catch (error) {
      if (!(error instanceof WrongContent)) throw error;
      throw new RegistryError(error.message, { status: 0, cause: error });
    }
  }

  async #config(config: Descriptor): Promise<unknown> {
    if (config.mediaType === EMPTY_CONFIG) return {};
    const { client, repository } = this.#place;
    const bytes = await client.blobBytes(repository, config, {
      limitBytes: MAX_CONFIG_BYTES,
      signal: this.#options.signal,
    });
    try {
      return JSON.parse(decodeText(bytes));
    } catch {
      throw new Unfit(`Its config, ${config.mediaType}, is no JSON`);
    }
  }
}

function upper(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

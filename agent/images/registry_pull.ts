/**
 * Gets an image of an engine from registries.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import { type Host, HostError } from "../../src/base/host.ts";
import { decodeText } from "../../src/base/bytes.ts";
import type { Descriptor } from "../../src/base/oci/manifest.ts";
import { EMPTY_CONFIG } from "../../src/base/oci/media_types.ts";
import type { ImageReference } from "../../src/base/oci/reference.ts";
import { RegistryError } from "../../src/client/registry/mod.ts";
import { type Artifact, OF_CONTAINERS, readArtifact } from "./artifact.ts";
import { type ContentStore, WrongContent } from "./content_store.ts";
import type { ImageFormat } from "./engine_image.ts";
import type { ImageRecord } from "./image_records.ts";
import type { ImagePlace } from "./image_source.ts";
import { chooseFile, filesInLayers, type FoundFile } from "./layer_content.ts";
import { RegistryAway } from "./registry_away.ts";
import { RuntimeError } from "./runtime_error.ts";

/** How deep an index may lead to another. */
const MAX_DEPTH = 4;
/** How much is told of why a pull failed: a registry may have written most of it, and it goes into events and statuses. */
const MAX_CAUSE_LENGTH = 1_000;
/** The largest config that is read. */
const MAX_CONFIG_BYTES = 1024 * 1024;
/** The deepest, in levels. */
const MAX_CONFIG_DEPTH = 64;

/** What a pull works with. */
export interface RegistryPullOptions {
  readonly host: Pick<Host, "disk">;
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

/** What is noted of a content that was brought here. */
type Taken = Pick<ImageRecord, "digest" | "sizeBytes" | "config">;

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
  const { places, signal } = options;
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
  const message = causes.slice(0, MAX_CAUSE_LENGTH);
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
    const isHere = known !== undefined &&
      await store.has(known.digest, known.sizeBytes);
    if (isHere) {
      // Also where the name says it: who has come without rights must not get what another pod brought.
      const now = await this.#digestOf(wanted ?? tag!);
      if (now !== undefined && (wanted ?? now) === known.imageRef) return known;
    }
    const manifest = await client.manifest(repository, wanted ?? tag!, {
      signal,
    });
    if (isHere && manifest.digest === known.imageRef) return known;
    const found = await this.#resolve(manifest);
    return {
      image: this.#options.image,
      imageRef: manifest.digest,
      repository: `${reference.registry}/${reference.repository}`,
      ...found.kind === "content"
        ? await this.#taken(found)
        : await this.#unpacked(found),
    };
  }

  /** What a tag or digest stands for; undefined where only the manifest tells. @throws {RegistryError} when who asks may not know */
  async #digestOf(reference: string): Promise<string | undefined> {
    const { client, repository } = this.#place;
    try {
      const { signal } = this.#options;
      return await client.digestOf(repository, reference, { signal });
    } catch (error) {
      const isUnknown = error instanceof RegistryError &&
        (error.status === 404 || error.status === 405);
      if (isUnknown) return undefined; // not all registries know HEAD
      throw error;
    }
  }

  /** From manifest to manifest, until there is the content. */
  async #resolve(
    first: { mediaType: string; json: Readonly<Record<string, unknown>> },
  ): Promise<Artifact & { kind: "content" | "files" }> {
    const { format, signal } = this.#options;
    const { client, repository } = this.#place;
    let { mediaType, json } = first;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const found = readArtifact(mediaType, json, format);
      if (found.kind === "problem") throw new Unfit(upper(found.problem));
      if (found.kind !== "index") return found;
      ({ mediaType, json } = await client.manifest(
        repository,
        found.next.digest,
        { signal },
      ));
    }
    throw new Unfit(`It is an index within an index, ${MAX_DEPTH} deep`);
  }

  async #taken(
    { layer, config }: Artifact & { kind: "content" },
  ): Promise<Taken> {
    this.#checkSize(layer.size);
    // What is large comes last: a pull that fails behind it would have moved it for nothing.
    const read = config && { config: await this.#config(config) };
    await this.#content(layer);
    return { digest: layer.digest, sizeBytes: layer.size, ...read };
  }

  /** An ordinary image's layers are fetched only when it says that it is the engine's. */
  async #unpacked(
    { layers, config, isCompat }: Artifact & { kind: "files" },
  ): Promise<Taken> {
    const { host, format, store, maxBytes } = this.#options;
    const { architecture, config: how } = Object(await this.#config(config));
    if (!isCompat && !format.architectures?.includes(architecture)) {
      throw new Unfit(upper(OF_CONTAINERS));
    }
    this.#checkSize(layers.reduce((sum, { size }) => sum + size, 0));
    for (const layer of layers) await this.#content(layer);
    let found: FoundFile[];
    try {
      found = await filesInLayers(
        host,
        layers.map(({ digest, mediaType }) => ({
          path: store.path(digest),
          isPacked: mediaType.endsWith("gzip"),
        })),
        { store, wanted: { names: format.unpacks!, maxBytes } },
      );
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new Unfit(error.message, { cause: error });
    }
    const file = chooseFile(found, entrypointOf(how));
    if (file) return { digest: file.digest, sizeBytes: file.sizeBytes };
    throw new Unfit(
      found.length === 0
        ? `It is no ${format.name} image: its layers have no file for it`
        : `It has several files for ${format.name}, and its entrypoint names none of them: ${
          found.map(({ name }) => name).join(", ")
        }`,
    );
  }

  #checkSize(size: number): void {
    const { maxBytes } = this.#options;
    if (size <= maxBytes) return;
    throw new Unfit(
      `It has ${size} bytes, this node takes images of up to ${maxBytes} (--image-max-bytes)`,
    );
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
    let read: unknown;
    try {
      read = JSON.parse(decodeText(bytes));
    } catch {
      throw new Unfit(`Its config, ${config.mediaType}, is no JSON`);
    }
    if (!isDeeperThan(read, MAX_CONFIG_DEPTH)) return read;
    throw new Unfit(`Its config, ${config.mediaType}, is nested too deep`);
  }
}

/** Whether there is more nesting than so. What is too deep can be read, but not be written down again. */
function isDeeperThan(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; depth <= levels; depth++) {
    level = level.flatMap((one) =>
      typeof one === "object" && one !== null ? Object.values(one) : []
    );
    if (level.length === 0) return false;
  }
  return true;
}

/** An image's first word of its command line. */
function entrypointOf(config: unknown): string | undefined {
  const { Entrypoint, Cmd } = Object(config);
  const [first] = [...listOf(Entrypoint), ...listOf(Cmd)];
  return typeof first === "string" ? first : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function upper(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

/**
 * `wherry image ls` and `wherry image rm`: what is in a registry.
 *
 * @module
 */
import {
  DENO_LAYER,
  DOCKER_LIST,
  OCI_INDEX,
  OLD_WASM_LAYER,
  WASM_LAYER,
} from "../../base/oci/media_types.ts";
import { isDigest } from "../../base/oci/digest.ts";
import {
  CLUSTER_REGISTRY,
  type ImageReference,
} from "../../base/oci/reference.ts";
import type { Descriptor, Index, Manifest } from "../../base/oci/manifest.ts";
import type { RegistryClient } from "../../client/registry/mod.ts";
import type { CliContext } from "../context.ts";
import {
  CliFailure,
  describeFailure,
  EXIT_FAILED,
  EXIT_OK,
} from "../failure.ts";
import { readImageName, shortName } from "../images/image_name.ts";
import { registryOf, withRights } from "../images/registries.ts";
import { isMissing } from "../images/transfer.ts";
import { inGroups } from "../in_groups.ts";
import { goJson } from "../output.ts";
import { sizeText } from "../size_text.ts";
import { alignCells } from "../table.ts";

/** Flags of `image ls`. */
export interface ListFlags {
  readonly output?: "json" | "wide";
  readonly quiet?: boolean;
  readonly plainHttp?: boolean;
}

/** How many manifests are asked for at once. */
const AT_ONCE = 8;
const SHOWN_DIGITS = 12;

/** A tag, and what it stands for. */
export interface TaggedImage {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly kind: string;
  readonly sizeBytes: number;
  /** Everything that the manifest refers to, and itself. */
  readonly parts: readonly { readonly digest: string; readonly size: number }[];
}

/** Lists a registry's images. */
export async function listImages(
  context: CliContext,
  name: string | undefined,
  flags: ListFlags,
): Promise<number> {
  const image = name === undefined ? undefined : readImageName(name);
  const at = image?.registry ?? CLUSTER_REGISTRY;
  const registry = await registryOf(context, at, flags);
  const images = await withRights(at, async () =>
    await readImages(
      registry,
      image ? [image.repository] : await registry.catalog(),
    ));
  if (flags.output === "json") {
    const items = images.map(({ parts: _, ...rest }) => rest);
    await context.print(goJson(items, 4));
    return EXIT_OK;
  }
  if (flags.quiet) {
    for (const { repository, tag } of images) {
      await context.print(`${repository}:${tag}`);
    }
    return EXIT_OK;
  }
  if (images.length === 0) {
    context.terminal.err("No images found: wherry push FILE brings one");
    return EXIT_OK;
  }
  const digestOf = ({ digest }: TaggedImage) =>
    flags.output === "wide"
      ? digest
      : digest.slice("sha256:".length).slice(0, SHOWN_DIGITS);
  await context.terminal.out(alignCells([
    ["NAME", "TAG", "KIND", "SIZE", "DIGEST"],
    ...images.map((image) => [
      image.repository,
      image.tag,
      image.kind,
      sizeText(image.sizeBytes),
      digestOf(image),
    ]),
  ]));
  return EXIT_OK;
}

/** Takes images out of a registry. A manifest that has further tags loses this one only. */
export async function removeImages(
  context: CliContext,
  names: readonly string[],
  flags: { readonly plainHttp?: boolean },
): Promise<number> {
  let failed = false;
  for (const name of names) {
    try {
      const image = readImageName(name);
      await withRights(
        image.registry,
        () => removeImage(context, image, flags),
      );
    } catch (error) {
      context.terminal.err(describeFailure(error));
      failed = true;
    }
  }
  return failed ? EXIT_FAILED : EXIT_OK;
}

async function removeImage(
  context: CliContext,
  image: ImageReference,
  flags: { readonly plainHttp?: boolean },
): Promise<void> {
  const registry = await registryOf(context, image.registry, flags);
  const { repository } = image;
  const shown = shortName(image);
  const isOurs = image.registry === CLUSTER_REGISTRY;
  const here = await readImages(registry, [repository]);
  const wanted = image.digest ??
    here.find(({ tag }) => tag === image.tag)?.digest;
  if (wanted === undefined || !isDigest(wanted)) {
    throw new CliFailure(
      `there is no "${shown}"${
        here.length > 0
          ? `: ${repository} has ${here.map(({ tag }) => tag).join(", ")}`
          : ""
      }`,
    );
  }
  const others = here.filter(({ digest, tag }) =>
    digest === wanted && tag !== image.tag
  );
  if (image.digest === undefined && others.length > 0) {
    await registry.deleteManifest(repository, image.tag!);
    await context.print(
      `${shown} deleted; nothing becomes free: ${
        others.map(({ tag }) => `"${tag}"`).join(", ")
      } ${others.length === 1 ? "is" : "are"} the same`,
    );
    return;
  }
  const parts = here.find(({ digest }) => digest === wanted)?.parts ??
    await readParts(registry, repository, wanted);
  await registry.deleteManifest(repository, wanted);
  await context.print(
    isOurs
      ? `${shown} deleted; ${
        sizeText(await freed(registry, parts))
      } become free`
      : `${shown} deleted`,
  );
}

/** What no other manifest of the registry refers to. */
async function freed(
  registry: RegistryClient,
  parts: TaggedImage["parts"],
): Promise<number> {
  const left = await readImages(registry, await registry.catalog());
  const kept = new Set(
    left.flatMap((image) => image.parts.map(({ digest }) => digest)),
  );
  return sizeOfParts(parts.filter(({ digest }) => !kept.has(digest)));
}

/** How large contents are together; one that is there twice counts once. */
export function sizeOfParts(parts: TaggedImage["parts"]): number {
  const sizes = new Map(parts.map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** All tags of these repositories. What vanishes meanwhile is left out. */
export async function readImages(
  registry: RegistryClient,
  repositories: readonly string[],
): Promise<TaggedImage[]> {
  const found = await inGroups(repositories, AT_ONCE, async (repository) => {
    try {
      const tags = await registry.tags(repository);
      return tags.map((tag) => ({ repository, tag }));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  });
  const images = await inGroups(
    found.flat(),
    AT_ONCE,
    async ({ repository, tag }) => {
      try {
        return [await readTag(registry, repository, tag)];
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
  );
  return images.flat();
}

async function readTag(
  registry: RegistryClient,
  repository: string,
  tag: string,
): Promise<TaggedImage> {
  const { json, digest, content, mediaType } = await registry.manifest(
    repository,
    tag,
  );
  const parts = partsOf(json);
  return {
    repository,
    tag,
    digest,
    kind: kindOf(json, mediaType),
    sizeBytes: content.length +
      parts.reduce((sum, { size }) => sum + size, 0),
    parts: [...parts, { digest, size: content.length }],
  };
}

async function readParts(
  registry: RegistryClient,
  repository: string,
  digest: string,
): Promise<TaggedImage["parts"]> {
  const { json, content } = await registry.manifest(repository, digest);
  return [...partsOf(json), { digest, size: content.length }];
}

function partsOf(json: unknown): readonly Descriptor[] {
  const { config, layers = [], manifests = [] } = json as Partial<
    Manifest & Index
  >;
  return [...config ? [config] : [], ...layers, ...manifests];
}

function kindOf(json: unknown, mediaType: string): string {
  if (mediaType === OCI_INDEX || mediaType === DOCKER_LIST) return "index";
  const { layers = [], artifactType } = json as Manifest;
  const types = layers.map(({ mediaType }) => mediaType);
  if (types.some((type) => type === WASM_LAYER || type === OLD_WASM_LAYER)) {
    return "wasm";
  }
  if (types.includes(DENO_LAYER)) return "deno";
  return artifactType === undefined ? "container" : "other";
}

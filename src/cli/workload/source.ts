/**
 * What `run` is given: a file to build and push, or an image that is somewhere already.
 *
 * @module
 */
import { decodeText } from "../../base/bytes.ts";
import type { Manifest } from "../../base/oci/manifest.ts";
import {
  DENO_CONFIG,
  DENO_LAYER,
  OLD_WASM_LAYER,
  WASM_CONFIG,
  WASM_LAYER,
} from "../../base/oci/media_types.ts";
import {
  CLUSTER_REGISTRY,
  DEFAULT_REGISTRY,
  formatReference,
  type ImageReference,
  parseReference,
} from "../../base/oci/reference.ts";
import {
  type RegistryClient,
  RegistryError,
} from "../../client/registry/mod.ts";
import { HostError } from "../../base/host.ts";
import type { Entry } from "../build/bundle.ts";
import {
  entryOfExports,
  requireSourceKind,
  sourceKind,
} from "../build/product.ts";
import type { CliContext } from "../context.ts";
import { usage } from "./options.ts";
import { CliFailure } from "../failure.ts";
import { readImageName, shortName } from "../images/image_name.ts";
import { clusterRegistry, registryOf } from "../images/registries.ts";
import { isMissing } from "../images/transfer.ts";

/** An image, and how it is run. */
export interface ImageToRun {
  /** As Pods name it. */
  readonly image: string;
  /** Absent for containers. */
  readonly runtimeClass?: "deno" | "wasmtime";
  /** Absent where it cannot be told. */
  readonly entry?: Entry;
  /** A name for the workload. */
  readonly name: string;
}

/** How many tags are told. */
const MOST_TAGS = 5;
/** The largest config that is read. */
const MAX_CONFIG_BYTES = 1024 ** 2;

/** Whether a word is a file to be built rather than an image's name. */
export function isSource(word: string): boolean {
  return sourceKind(word) !== undefined && !word.startsWith("file:");
}

/** Finds out about an image by its manifest. Where that cannot be read from here, nodes may be able to: it is taken for a container's. */
export async function lookAtImage(
  context: CliContext,
  word: string,
  options: { readonly plainHttp?: boolean } = {},
): Promise<ImageToRun> {
  if (word.startsWith("file:")) return fileImage(word);
  await refuseOtherFiles(context, word);
  const named = parseReference(word);
  if (!named) {
    throw usage(`"${word}" is neither a file that can be built nor an image`);
  }
  const isShort = named.registry === DEFAULT_REGISTRY &&
    !word.startsWith(`${DEFAULT_REGISTRY}/`);
  if (isShort) {
    const ours = readImageName(word);
    const registry = await clusterRegistry(context);
    const found = await kindOf(registry, ours);
    if (found) return { ...found, ...called(ours) };
    await refuseOtherTags(registry, ours);
    context.terminal.err(
      `The cluster's registry has no "${word}": it is ${
        formatReference(named)
      } then`,
    );
  }
  const registry = await registryOf(context, named.registry, options);
  try {
    const found = await kindOf(registry, named);
    return { ...found, ...called(named) };
  } catch (error) {
    if (!(error instanceof RegistryError || error instanceof HostError)) {
      throw error;
    }
    context.terminal.err(
      `It is taken for a container's, unless --runtime says something else: ${error.message}`,
    );
    return called(named);
  }
}

/** A file that is there is meant, and no image of its name. @throws {CliFailure} */
async function refuseOtherFiles(
  context: CliContext,
  word: string,
): Promise<void> {
  const path = context.path(word);
  const info = await context.host.disk.stat(path).catch(() => undefined);
  if (info?.isFile) requireSourceKind(path, word);
}

/** A repository that is there is the one that was meant. @throws {CliFailure} */
async function refuseOtherTags(
  registry: RegistryClient,
  image: ImageReference,
): Promise<void> {
  const tags = await registry.tags(image.repository).catch((error) => {
    if (isMissing(error)) return [];
    throw error;
  });
  if (tags.length === 0) return;
  throw new CliFailure(
    `the cluster's registry has "${image.repository}" as ${
      tags.slice(-MOST_TAGS).map((tag) => `${image.repository}:${tag}`).join(
        ", ",
      )
    }, not as "${shortName(image)}"`,
  );
}

function fileImage(image: string): ImageToRun {
  const kind = sourceKind(image);
  const name = /([a-z][a-z0-9-]*)[^/]*$/.exec(image.toLowerCase())?.[1] ??
    "app";
  if (kind === undefined) return { image, name };
  return {
    image,
    name,
    runtimeClass: kind === "script" ? "deno" : "wasmtime",
  };
}

function called(reference: ImageReference): { image: string; name: string } {
  const last = reference.repository.split("/").at(-1) ?? "";
  return {
    image: reference.registry === DEFAULT_REGISTRY
      ? shortDocker(reference)
      : formatReference(reference),
    name: last.replace(/[^a-z0-9]+/g, "-").replace(/^[^a-z]+|-+$/g, "") ||
      "app",
  };
}

/** As everybody writes it. */
function shortDocker(reference: ImageReference): string {
  return formatReference(reference)
    .replace(`${DEFAULT_REGISTRY}/`, "").replace(/^library\//, "");
}

/** What a manifest is of; undefined when there is none. An index is of containers. */
async function kindOf(
  registry: RegistryClient,
  image: ImageReference,
): Promise<Pick<ImageToRun, "runtimeClass" | "entry"> | undefined> {
  const { repository } = image;
  try {
    const { json } = await registry.manifest(
      repository,
      image.digest ?? image.tag ?? "latest",
    );
    const { layers = [], config } = json as unknown as Partial<Manifest>;
    const types = layers.map(({ mediaType }) => mediaType);
    const configOf = async () =>
      JSON.parse(decodeText(
        await registry.blobBytes(repository, config!, {
          limitBytes: MAX_CONFIG_BYTES,
        }),
      ));
    if (types.includes(DENO_LAYER)) {
      const entry = config?.mediaType === DENO_CONFIG
        ? (await configOf())?.entry
        : undefined;
      return { runtimeClass: "deno", entry: entry === "run" ? "run" : "serve" };
    }
    if (types.includes(WASM_LAYER) || types.includes(OLD_WASM_LAYER)) {
      const exports = config?.mediaType === WASM_CONFIG
        ? (await configOf())?.component?.exports
        : undefined;
      return {
        runtimeClass: "wasmtime",
        entry: entryOfExports(Array.isArray(exports) ? exports : []) ?? "run",
      };
    }
    return {};
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** How Pods name an image of the cluster's registry. */
export function clusterImage(repository: string, tag: string): string {
  return formatReference({ registry: CLUSTER_REGISTRY, repository, tag });
}

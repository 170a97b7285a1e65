/**
 * `wherry push` and `wherry pull`: artifacts to and from registries.
 *
 * @module
 */
import { HostError } from "../../base/host.ts";
import { digestOf } from "../../base/oci/digest.ts";
import { CLUSTER_REGISTRY } from "../../base/oci/reference.ts";
import type { CliContext } from "../context.ts";
import { CliFailure, EXIT_OK, EXIT_USAGE } from "../failure.ts";
import { packArtifact } from "../images/artifact.ts";
import { nameOfFile, readImageName, shortName } from "../images/image_name.ts";
import { registryOf, withRights } from "../images/registries.ts";
import { findContent, pullContent, pushArtifact } from "../images/transfer.ts";
import { sizeText } from "../size_text.ts";
import { type BuildFlags, buildProduct, describeProduct } from "./build.ts";

/** Flags of `push`. */
export interface PushFlags extends BuildFlags {
  readonly plainHttp?: boolean;
}

/** Builds what needs building and brings it to a registry. @param name the image; the cluster's registry and the file's name unless it says others */
export async function push(
  context: CliContext,
  file: string,
  name: string | undefined,
  flags: PushFlags,
): Promise<number> {
  const { host, terminal } = context;
  const image = readImageName(name ?? nameOfFile(context.path(file)));
  if (image.tag === undefined) {
    throw new CliFailure(
      "an image is pushed under a tag, its digest follows from the content",
      { exitCode: EXIT_USAGE },
    );
  }
  const product = await buildProduct(context, file, flags);
  const artifact = packArtifact(host, product);
  const registry = await registryOf(context, image.registry, flags);
  const { repository, tag } = image;
  const moved = await withRights(
    image.registry,
    () => pushArtifact(host, registry, { artifact, repository, tag }),
  );
  const known = moved === 0 ? ": it is there already" : "";
  terminal.err(
    `Pushed ${describeProduct(product)}, to ${
      image.registry === CLUSTER_REGISTRY
        ? "the cluster's registry"
        : image.registry
    }: ${sizeText(moved)} moved${known}`,
  );
  await context.print(`${shortName(image)}@${artifact.digest}`);
  return EXIT_OK;
}

/** Gets the module or bundle of an image. */
export async function pull(
  context: CliContext,
  name: string,
  flags: { readonly output?: string; readonly plainHttp?: boolean },
): Promise<number> {
  const { host, terminal } = context;
  const image = readImageName(name);
  const registry = await registryOf(context, image.registry, flags);
  const { layer, ending } = await withRights(
    image.registry,
    () => findContent(registry, image),
  );
  const output = flags.output ??
    `${image.repository.split("/").at(-1)}${ending}`;
  const path = context.path(output);
  let moved = 0;
  if (await contentOf(context, path) !== layer.digest) {
    const content = await pullContent(registry, image.repository, layer);
    await host.disk.writeAtomic(path, content);
    moved = layer.size;
  }
  const known = moved === 0 ? ": it is here already" : "";
  terminal.err(
    `${output}: ${sizeText(layer.size)}, ${sizeText(moved)} moved${known}`,
  );
  await context.print(layer.digest);
  return EXIT_OK;
}

/** The digest of a file; undefined where there is none. */
async function contentOf(
  { host }: CliContext,
  path: string,
): Promise<string | undefined> {
  try {
    return digestOf(host, await host.disk.read(path));
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") {
      return undefined;
    }
    throw error;
  }
}

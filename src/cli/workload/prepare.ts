/**
 * From what `run` and `dev` were given to an image in a registry and a workload of it.
 *
 * @module
 */
import { buildProduct, describeProduct } from "../commands/build.ts";
import type { CliContext } from "../context.ts";
import { type Artifact, contentTag, packArtifact } from "../images/artifact.ts";
import { nameOfFile } from "../images/image_name.ts";
import { CLUSTER_REGISTRY } from "../../base/oci/reference.ts";
import { clusterRegistry, withRights } from "../images/registries.ts";
import { pushArtifact } from "../images/transfer.ts";
import { sizeText } from "../size_text.ts";
import { usage } from "./options.ts";
import { checkName } from "./plan.ts";
import type { RunFlags } from "./run_flags.ts";
import {
  clusterImage,
  type ImageToRun,
  isSource,
  lookAtImage,
} from "./source.ts";

/** Something to be run, and what must be pushed before. */
export interface Prepared {
  readonly target: ImageToRun;
  readonly push?: {
    readonly artifact: Artifact;
    readonly repository: string;
    readonly tag: string;
    /** `2.1 KB, a module for Deno that serves HTTP`. */
    readonly description: string;
  };
}

/** Builds a file, or looks at an image. Nothing is in the cluster yet. @throws {CliFailure} when either is no good */
export async function prepare(
  context: CliContext,
  word: string,
  options: { readonly flags: RunFlags; readonly namespace: string },
): Promise<Prepared> {
  const { flags, namespace } = options;
  if (!isSource(word)) {
    return { target: await lookAtImage(context, word, flags) };
  }
  const name = checkName(flags.name ?? nameOfFile(context.path(word)));
  const { output: _, ...buildFlags } = flags;
  const product = await buildProduct(context, word, buildFlags);
  const artifact = packArtifact(context.host, product);
  const runtimeClass = product.kind === "deno" ? "deno" : "wasmtime";
  if (flags.runtime !== undefined && flags.runtime !== runtimeClass) {
    throw usage(
      `"${word}" is built for ${runtimeClass}, not for "${flags.runtime}"${
        product.kind === "deno"
          ? ": --target wasi-http makes a component for wasmtime"
          : ""
      }`,
    );
  }
  // Who may push for one namespace only is given the paths below its name.
  const repository = namespace === "default" ? name : `${namespace}/${name}`;
  const tag = contentTag(artifact);
  return {
    target: {
      image: clusterImage(repository, tag),
      runtimeClass,
      entry: product.entry,
      name,
    },
    push: {
      artifact,
      repository,
      tag,
      description: describeProduct(product),
    },
  };
}

/** Brings what was built to the cluster's registry; a line about it for the person. */
export async function pushPrepared(
  context: CliContext,
  { artifact, repository, tag, description }: NonNullable<Prepared["push"]>,
): Promise<string> {
  const registry = await clusterRegistry(context);
  const moved = await withRights(
    CLUSTER_REGISTRY,
    () => pushArtifact(context.host, registry, { artifact, repository, tag }),
  );
  const how = moved === 0 ? "is there already" : `${sizeText(moved)} pushed`;
  return `${repository}:${tag}: ${description}; ${how}`;
}

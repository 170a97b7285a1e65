/**
 * Names of images as they are typed: a short one means the cluster's own registry.
 *
 * @module
 */
import {
  CLUSTER_REGISTRY,
  DEFAULT_REGISTRY,
  type ImageReference,
  parseReference,
} from "../../base/oci/reference.ts";
import { CliFailure, EXIT_USAGE } from "../failure.ts";

/**
 * `hello`, `team/hello:v1`: the cluster's registry. With a host (`registry.example.com/team/hello`) that one.
 *
 * @throws {CliFailure} for what is no name
 */
export function readImageName(text: string): ImageReference {
  const named = parseReference(text);
  const full = named?.registry === DEFAULT_REGISTRY &&
      !text.startsWith(`${DEFAULT_REGISTRY}/`)
    ? parseReference(`${CLUSTER_REGISTRY}/${text}`)
    : named;
  if (full) return full;
  throw new CliFailure(
    `"${text}" names no image: it is [REGISTRY/]NAME[:TAG], in lower case`,
    { exitCode: EXIT_USAGE },
  );
}

/** How a name is shown: without the cluster's registry. */
export function shortName(
  { registry, repository, tag, digest }: ImageReference,
): string {
  return `${registry === CLUSTER_REGISTRY ? "" : `${registry}/`}${repository}${
    tag === undefined ? "" : `:${tag}`
  }${digest === undefined ? "" : `@${digest}`}`;
}

/** Files that say nothing by their own name. */
const GENERAL = /^(?:main|mod|index)$/;
const MAX_NAME_LENGTH = 40;

/**
 * A name for what a file holds, fit for images, workloads and services: `hello` for `hello.ts`, `shop` for `shop/main.ts`.
 *
 * @param path absolute
 */
export function nameOfFile(path: string): string {
  const [file = "", folder = ""] = path.split("/").reverse();
  const stem = file.replace(/\.[^.]*$/, "");
  const text = GENERAL.test(stem) ? folder : stem;
  const name = text.toLowerCase().replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "").slice(0, MAX_NAME_LENGTH).replace(/-+$/, "");
  return name || "app";
}

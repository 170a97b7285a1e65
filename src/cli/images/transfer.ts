/**
 * Artifacts on their way to and from registries.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { ImageReference } from "../../base/oci/reference.ts";
import type { Descriptor, Index, Manifest } from "../../base/oci/manifest.ts";
import {
  DENO_LAYER,
  DOCKER_LIST,
  OCI_INDEX,
  OCI_MANIFEST,
  OLD_WASM_LAYER,
  WASM_LAYER,
} from "../../base/oci/media_types.ts";
import {
  bytesSource,
  type RegistryClient,
  RegistryError,
} from "../../client/registry/mod.ts";
import { CliFailure } from "../failure.ts";
import type { Artifact } from "./artifact.ts";
import { shortName } from "./image_name.ts";

/** The largest content that is pulled into memory. */
const MAX_CONTENT_BYTES = 1024 ** 3;
const NOT_FOUND = 404;

/** Brings an artifact to a registry under a tag; answers how many bytes moved. */
export async function pushArtifact(
  host: Pick<Host, "crypto">,
  registry: RegistryClient,
  push: {
    readonly artifact: Artifact;
    readonly repository: string;
    readonly tag: string;
    readonly signal?: AbortSignal;
  },
): Promise<number> {
  const { artifact, repository, tag } = push;
  const options = push.signal ? { signal: push.signal } : {};
  if (await tagged(registry, push) === artifact.digest) return 0;
  let moved = 0;
  for (const blob of artifact.blobs) {
    const source = bytesSource(host, blob);
    const how = await registry.uploadBlob(repository, source, options);
    if (how === "sent") moved += blob.length;
  }
  await registry.putManifest(repository, tag, {
    mediaType: OCI_MANIFEST,
    content: artifact.manifest,
  }, options);
  return moved + artifact.manifest.length;
}

async function tagged(
  registry: RegistryClient,
  { repository, tag, signal }: {
    readonly repository: string;
    readonly tag: string;
    readonly signal?: AbortSignal;
  },
): Promise<string | undefined> {
  try {
    return await registry.digestOf(repository, tag, signal ? { signal } : {});
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A content, with what it is called. */
export interface PulledContent {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly digest: string;
  /** `.wasm`, `.js`. */
  readonly ending: string;
}

const ENDINGS: Readonly<Record<string, string>> = {
  [WASM_LAYER]: ".wasm",
  [OLD_WASM_LAYER]: ".wasm",
  [DENO_LAYER]: ".js",
};

/** What an image has for us: its one layer, and how a file with it ends. @throws {CliFailure} for other kinds of images */
export async function findContent(
  registry: RegistryClient,
  image: ImageReference,
): Promise<{ readonly layer: Descriptor; readonly ending: string }> {
  const { repository } = image;
  const reference = image.digest ?? image.tag ?? "latest";
  let { json, mediaType } = await registry.manifest(repository, reference);
  if (mediaType === OCI_INDEX || mediaType === DOCKER_LIST) {
    const { manifests } = json as unknown as Index;
    const wasm = manifests.find(({ platform }) =>
      platform?.architecture === "wasm"
    ) ?? (manifests.length === 1 ? manifests[0] : undefined);
    if (!wasm) throw noneOfOurs(image);
    ({ json, mediaType } = await registry.manifest(repository, wasm.digest));
  }
  const { layers = [] } = json as unknown as Manifest;
  for (const layer of layers) {
    const ending = ENDINGS[layer.mediaType];
    if (ending !== undefined) return { layer, ending };
  }
  throw noneOfOurs(image);
}

/** Gets that layer, verified. */
export function pullContent(
  registry: RegistryClient,
  repository: string,
  layer: Descriptor,
): Promise<Uint8Array<ArrayBuffer>> {
  return registry.blobBytes(repository, layer, {
    limitBytes: MAX_CONTENT_BYTES,
  });
}

function noneOfOurs(image: ImageReference): CliFailure {
  return new CliFailure(
    `"${
      shortName(image)
    }" is neither a WASM artifact nor a Deno bundle: container images are pulled by nodes, or by crane, skopeo and their like`,
  );
}

/** Whether a registry does not know what was asked for. */
export function isMissing(error: unknown): boolean {
  return error instanceof RegistryError && error.status === NOT_FOUND;
}

/**
 * Media types of what registries hold.
 *
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md} images
 * @see {@link https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/} WASM, the CNCF's layout
 *
 * @module
 */

/** An OCI manifest: of an image or of an artifact. */
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
/** An OCI index: manifests by platform. */
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
/** Docker's manifest, version 2 schema 2. */
export const DOCKER_MANIFEST =
  "application/vnd.docker.distribution.manifest.v2+json";
/** Docker's list of manifests by platform. */
export const DOCKER_LIST =
  "application/vnd.docker.distribution.manifest.list.v2+json";

/** All kinds of manifests that we know, best first; joined, they are an `Accept` header. */
export const MANIFEST_TYPES: readonly string[] = [
  OCI_MANIFEST,
  OCI_INDEX,
  DOCKER_MANIFEST,
  DOCKER_LIST,
];

/** The config of an image of containers. */
export const OCI_IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";
/** The config of an artifact that has none: its content is `{}`. */
export const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json";

/** The config of a WASM artifact. */
export const WASM_CONFIG = "application/vnd.wasm.config.v0+json";
/** The one layer of a WASM artifact: the module or component as it is. */
export const WASM_LAYER = "application/wasm";
/** How tools older than the CNCF's layout call the layer. */
export const OLD_WASM_LAYER = "application/vnd.wasm.content.layer.v1+wasm";

/** The artifact type of a Deno bundle, and the media type of its config: `{ "entry": "serve" | "run" }`. */
export const DENO_CONFIG = "application/vnd.wherry.deno.config.v1+json";
/** The one layer of a Deno bundle: a JavaScript module (ES2024) that imports nothing but `node:` modules, UTF-8. */
export const DENO_LAYER = "application/vnd.wherry.deno.bundle.v1+javascript";

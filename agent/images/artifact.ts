/**
 * Finds an engine's content in what a registry calls an image.
 *
 * @see {@link https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/}
 *
 * @module
 */
import { isDigest } from "../../src/base/oci/digest.ts";
import type { Descriptor } from "../../src/base/oci/manifest.ts";
import {
  DENO_LAYER,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  OCI_IMAGE_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
  OLD_WASM_LAYER,
  WASM_LAYER,
} from "../../src/base/oci/media_types.ts";
import type { ImageFormat } from "./engine_image.ts";

/** The config of Docker's images. */
const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
/** Marks images of modules that say they are for another platform, so that all tools take them. */
const COMPAT = "module.wasm.image/variant";
/** What is wrong with an image that has its files for containers. */
export const OF_CONTAINERS =
  "it is an image of containers: leave runtimeClassName out";
/** How many layers are unpacked; container engines have such a bound, too. */
const MAX_LAYERS = 128;
/** Layers of containers' files, packed or not. */
const FILES_LAYER =
  /^application\/vnd\.(oci\.image\.layer\.|docker\.image\.rootfs\.)/;

/** What a manifest leads to: another one, its content, or layers of files with the content among them. */
export type Artifact =
  | { readonly kind: "index"; readonly next: Descriptor }
  | {
    readonly kind: "content";
    readonly layer: Descriptor;
    readonly config?: Descriptor;
  }
  | {
    readonly kind: "files";
    readonly layers: readonly Descriptor[];
    readonly config: Descriptor;
    /** It says that it is WASM although its platform is another. */
    readonly isCompat: boolean;
  }
  | { readonly kind: "problem"; readonly problem: string };

/** Looks at a manifest, or an index. @param json what nobody has checked */
export function readArtifact(
  mediaType: string,
  json: Readonly<Record<string, unknown>>,
  format: ImageFormat,
): Artifact {
  switch (mediaType) {
    case OCI_INDEX:
    case DOCKER_LIST:
      return readIndex(json, format);
    case OCI_MANIFEST:
    case DOCKER_MANIFEST:
      return readImage(json, format);
  }
  return problem(`it is of the type "${mediaType}", which holds no images`);
}

function readIndex(
  { manifests }: Readonly<Record<string, unknown>>,
  { name, architectures = [] }: ImageFormat,
): Artifact {
  if (!isDescriptors(manifests)) return problem("its index is broken");
  const real = manifests.filter(({ platform, annotations }) =>
    platform?.architecture !== "unknown" &&
    annotations?.["vnd.docker.reference.type"] === undefined
  );
  const fitting = real.find(({ platform }) =>
    platform && architectures.includes(platform.architecture)
  );
  // An artifact of one form for all machines needs to name none.
  const only = real.length === 1 && !real[0]!.platform ? real[0] : undefined;
  const next = fitting ?? only ??
    real.find(({ artifactType, platform }) =>
      !platform && artifactType !== undefined
    );
  if (next) return { kind: "index", next };
  const platforms = real.map(({ platform }) =>
    platform ? `${platform.os}/${platform.architecture}` : "no platform"
  );
  return problem(
    `it has nothing for ${name}, only for ${platforms.join(", ") || "nobody"}`,
  );
}

function readImage(
  { config, layers, artifactType, annotations }: Readonly<
    Record<string, unknown>
  >,
  format: ImageFormat,
): Artifact {
  if (!isDescriptor(config) || !isDescriptors(layers)) {
    return problem("its manifest is broken");
  }
  for (const type of format.layerTypes) {
    const [layer, second] = layers.filter((one) => one.mediaType === type);
    if (second) {
      return problem(`it has several layers of the type "${type}"`);
    }
    if (layer) return { kind: "content", layer, config };
  }
  const other = layers.map(({ mediaType }) => otherEngine(mediaType))
    .find((runtime) => runtime !== undefined);
  if (other !== undefined) {
    return problem(
      `it is for the RuntimeClass "${other}", and is no ${format.name} image`,
    );
  }
  const isImage = config.mediaType === OCI_IMAGE_CONFIG ||
    config.mediaType === DOCKER_CONFIG;
  if (isImage && layers.every(({ mediaType }) => FILES_LAYER.test(mediaType))) {
    if (!format.unpacks) return problem(OF_CONTAINERS);
    if (layers.length > MAX_LAYERS) {
      return problem(`it has more than ${MAX_LAYERS} layers`);
    }
    const isCompat = typeof annotations === "object" && annotations !== null &&
      COMPAT in annotations;
    return { kind: "files", layers, config, isCompat };
  }
  const types = [
    ...new Set(
      [artifactType, config.mediaType, ...layers.map((one) => one.mediaType)]
        .filter((type) => typeof type === "string"),
    ),
  ];
  return problem(`it is no ${format.name} image: it holds ${types.join(", ")}`);
}

function otherEngine(mediaType: string): string | undefined {
  switch (mediaType) {
    case WASM_LAYER:
    case OLD_WASM_LAYER:
      return "wasmtime";
    case DENO_LAYER:
      return "deno";
  }
  return undefined;
}

function isDescriptors(value: unknown): value is Descriptor[] {
  return Array.isArray(value) && value.every(isDescriptor);
}

function isDescriptor(value: unknown): value is Descriptor {
  const { mediaType, digest, size } = (value ?? {}) as Partial<Descriptor>;
  return typeof mediaType === "string" && typeof digest === "string" &&
    isDigest(digest) && Number.isSafeInteger(size) && size! >= 0;
}

function problem(text: string): { kind: "problem"; problem: string } {
  return { kind: "problem", problem: text };
}

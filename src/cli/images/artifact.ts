/**
 * Products as artifacts: what a registry keeps of them.
 *
 * @see {@link https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/} WASM
 *
 * @module
 */
import { encodeText } from "../../base/bytes.ts";
import type { Host } from "../../base/host.ts";
import { type Digest, digestOf } from "../../base/oci/digest.ts";
import type { Descriptor, Manifest } from "../../base/oci/manifest.ts";
import {
  DENO_CONFIG,
  DENO_LAYER,
  OCI_MANIFEST,
  WASM_CONFIG,
  WASM_LAYER,
} from "../../base/oci/media_types.ts";
import type { Product } from "../build/product.ts";

/** An artifact whose parts are at hand. The same content gives the same digest: nothing in it tells of the day or the machine. */
export interface Artifact {
  readonly digest: Digest;
  readonly manifest: Uint8Array<ArrayBuffer>;
  /** Config and content. */
  readonly blobs: readonly Uint8Array<ArrayBuffer>[];
  /** All bytes together. */
  readonly sizeBytes: number;
}

/** Under which name `oras pull` writes a layer; without it, it writes none. */
const TITLE = "org.opencontainers.image.title";
/** Always the same: what a file was called here is no part of what it is. */
const FILE_NAMES = { wasm: "module.wasm", deno: "bundle.js" } as const;
/** How much of the digest a tag has that follows from the content. */
const TAG_DIGITS = 12;

/** Packs a product. */
export function packArtifact(
  host: Pick<Host, "crypto">,
  product: Product,
): Artifact {
  const layerType = product.kind === "wasm" ? WASM_LAYER : DENO_LAYER;
  const configType = product.kind === "wasm" ? WASM_CONFIG : DENO_CONFIG;
  const config = encodeText(JSON.stringify(configOf(host, product)));
  const describe = (
    mediaType: string,
    content: Uint8Array,
  ): Descriptor => ({
    mediaType,
    digest: digestOf(host, content),
    size: content.length,
  });
  const manifest = encodeText(JSON.stringify(
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      ...product.kind === "deno" && { artifactType: DENO_CONFIG },
      config: describe(configType, config),
      layers: [{
        ...describe(layerType, product.content),
        annotations: { [TITLE]: FILE_NAMES[product.kind] },
      }],
    } satisfies Manifest,
  ));
  return {
    digest: digestOf(host, manifest),
    manifest,
    blobs: [config, product.content],
    sizeBytes: config.length + product.content.length + manifest.length,
  };
}

/** A tag that follows from the content. */
export function contentTag({ digest }: Artifact): string {
  return contentTagOf(digest);
}

/** The tag that a manifest with this digest has by {@linkcode contentTag}. */
export function contentTagOf(digest: string): string {
  return digest.slice("sha256:".length, "sha256:".length + TAG_DIGITS);
}

function configOf(host: Pick<Host, "crypto">, product: Product): unknown {
  if (product.kind === "deno") return { entry: product.entry };
  const { isComponent, imports, exports } = product.wasm;
  return {
    architecture: "wasm",
    os: isComponent ? "wasip2" : "wasip1",
    layerDigests: [digestOf(host, product.content)],
    ...isComponent && { component: { exports, imports } },
  };
}

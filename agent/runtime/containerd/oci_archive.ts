/**
 * Makes an OCI image archive (OCI Image Layout 1.0 in a tar) with one layer, without any tool.
 *
 * @module
 */

import { encodeHex, encodeText } from "../../../src/base/bytes.ts";
import { type TarEntry, writeTar } from "./tar_writer.ts";

/** What the image is to be. */
export interface ImageRecipe {
  /** Full name with tag, for example `docker.io/library/pause:1`. */
  readonly name: string;
  /** Go's word for the processor. */
  readonly architecture: "amd64" | "arm64";
  /** The file tree. */
  readonly files: readonly TarEntry[];
  readonly entrypoint: readonly string[];
  readonly cmd?: readonly string[];
  /** `NAME=value`. */
  readonly env?: readonly string[];
  readonly workingDir?: string;
  /** For example `8080/tcp`. */
  readonly exposedPorts?: readonly string[];
}

/** The archive's bytes; the same recipe gives the same bytes. */
export function makeOciArchive(
  recipe: ImageRecipe,
  sha256: (data: Uint8Array) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const blobs: TarEntry[] = [];
  const put = (mediaType: string, content: Uint8Array) => {
    const hex = encodeHex(sha256(content));
    blobs.push({ path: `blobs/sha256/${hex}`, content });
    return { mediaType, digest: `sha256:${hex}`, size: content.length };
  };
  const json = (value: unknown) => encodeText(JSON.stringify(value));
  const platform = { architecture: recipe.architecture, os: "linux" };
  const layer = put(
    "application/vnd.oci.image.layer.v1.tar",
    writeTar(recipe.files),
  );
  const config = put(
    "application/vnd.oci.image.config.v1+json",
    json({
      ...platform,
      config: {
        Entrypoint: recipe.entrypoint,
        ...(recipe.cmd ? { Cmd: recipe.cmd } : {}),
        Env: recipe.env ?? ["PATH=/bin"],
        WorkingDir: recipe.workingDir ?? "/",
        ...(recipe.exposedPorts
          ? {
            ExposedPorts: Object.fromEntries(
              recipe.exposedPorts.map((port) => [port, {}]),
            ),
          }
          : {}),
      },
      // The layer is not compressed, so its digest is the one of its content.
      rootfs: { type: "layers", diff_ids: [layer.digest] },
    }),
  );
  const manifest = put(
    "application/vnd.oci.image.manifest.v1+json",
    json({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers: [layer],
    }),
  );
  const index = {
    schemaVersion: 2,
    manifests: [{
      ...manifest,
      platform,
      annotations: {
        // containerd takes the first, others the second.
        "io.containerd.image.name": recipe.name,
        "org.opencontainers.image.ref.name": recipe.name,
      },
    }],
  };
  return writeTar([
    { path: "oci-layout", content: json({ imageLayoutVersion: "1.0.0" }) },
    { path: "index.json", content: json(index) },
    { path: "blobs" },
    { path: "blobs/sha256" },
    ...blobs,
  ]);
}

/**
 * The image of the sandboxes of our own containerd.
 *
 * @module
 */

import { makeOciArchive } from "./oci_archive.ts";
import { pauseProgram } from "./pause_program.ts";

/** Its name in containerd; the tag changes with the content. */
export const PAUSE_IMAGE = "wherry.local/pause:1";

/** An OCI archive with {@linkcode PAUSE_IMAGE}. */
export function makePauseArchive(
  architecture: "amd64" | "arm64",
  sha256: (data: Uint8Array) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  return makeOciArchive({
    name: PAUSE_IMAGE,
    architecture,
    files: [{
      path: "pause",
      content: pauseProgram(architecture),
      mode: 0o755,
    }],
    entrypoint: ["/pause"],
  }, sha256);
}

/**
 * Loads image archives into a containerd. The CRI has no call for it, so containerd's own client does.
 *
 * @module
 */

import type { Host } from "../../../src/base/host.ts";
import { archiveDoubt } from "./archive_doubt.ts";

/** Which containerd, and with what. */
export interface ImportOptions {
  /** Path of containerd's client `ctr`. */
  readonly ctr: string;
  readonly socket: string;
  /** As containerd's CRI part has it, so that the image is unpacked where it will be used. */
  readonly snapshotter?: string;
}

/** Reading and unpacking gigabytes from a slow card. */
const IMPORT_TIMEOUT_MS = 30 * 60_000;

/**
 * Imports an OCI or Docker archive (a tar file, also compressed); answers the names of its images.
 *
 * @throws {Error} when the file is not an image archive, or holds no image with a name.
 */
export async function importImage(
  host: Host,
  path: string,
  options: ImportOptions,
): Promise<string[]> {
  const result = await host.processes.run(options.ctr, {
    args: [
      ...["--address", options.socket, "--namespace", "k8s.io"],
      ...["images", "import"],
      ...options.snapshotter ? ["--snapshotter", options.snapshotter] : [],
      path,
    ],
    timeoutMs: IMPORT_TIMEOUT_MS,
  });
  if (result.code !== 0) {
    const reason = result.stderr.trim().replace(/^ctr: /, "") ||
      `ctr ended with ${result.code}`;
    const doubt = await archiveDoubt(host, path);
    throw new Error(
      `Cannot import "${path}": ${doubt ? `${doubt} (${reason})` : reason}`,
    );
  }
  // "unpacking docker.io/library/web:1 (sha256:…)...done"
  const names = [...result.stdout.matchAll(/^unpacking (\S+) \(/gm)]
    .map((match) => match[1]!);
  if (names.length === 0) {
    throw new Error(
      `Cannot import "${path}": the archive names no image for this machine`,
    );
  }
  return names;
}

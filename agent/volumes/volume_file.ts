/**
 * Reads what containers have written into volumes.
 *
 * @module
 */
import { decodeText } from "../../src/base/bytes.ts";
import type { Host } from "../../src/base/host.ts";

/** No file that the agent reads is longer; a ConfigMap holds as much. */
const MOST_BYTES = 2 ** 20;

/**
 * The text of a file below a volume's folder. No link on the way leads out.
 *
 * @throws {Error} also when it is no ordinary file (a FIFO would hold us for ever) or has more than a mebibyte
 */
export async function readVolumeFile(
  { disk }: Pick<Host, "disk">,
  { folder, path }: { folder: string | undefined; path: string },
): Promise<string> {
  if (folder === undefined) throw new Error("The volume is not there");
  await using file = await disk.hold(folder, path.split("/").filter(Boolean));
  if (!file.info.isFile) throw new Error(`Not an ordinary file: "${path}"`);
  // It may grow while it is read.
  const bytes = await disk.readAt(file.path, {
    offset: 0,
    length: Math.min(file.info.sizeBytes, MOST_BYTES + 1),
  });
  if (bytes.length <= MOST_BYTES) return decodeText(bytes);
  throw new Error(`More than ${MOST_BYTES} bytes are in "${path}"`);
}

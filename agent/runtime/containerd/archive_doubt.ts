/**
 * What may be wrong with a file that containerd does not take for an image archive. What containerd says of it ("unexpected EOF") helps nobody.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";

/** As many bytes tell: a tar file's first header. */
const HEAD_BYTES = 512;

/** Kinds of files that begin with certain bytes. */
const BEGINNINGS: readonly {
  readonly bytes: readonly number[];
  readonly what: string;
}[] = [
  { bytes: [0x1f, 0x8b], what: compressed("gzip") },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: compressed("zstd") },
  {
    bytes: [0x00, 0x61, 0x73, 0x6d],
    what:
      'it is a WASM module, which is no container image: "wherry push" puts it into a registry',
  },
];

/** Says in words what a file is, unless it looks like an image archive; undefined when it does, or cannot be read. */
export async function archiveDoubt(
  { disk }: Pick<Host, "disk">,
  path: string,
): Promise<string | undefined> {
  let head: Uint8Array;
  try {
    head = await disk.readAt(path, { offset: 0, length: HEAD_BYTES });
  } catch {
    return undefined; // containerd's words tell why
  }
  if (head.length === 0) return "it is empty";
  const begun = BEGINNINGS.find(({ bytes }) =>
    bytes.every((byte, i) => head[i] === byte)
  );
  if (begun) return begun.what;
  const magic = String.fromCharCode(...head.subarray(257, 262));
  return magic === "ustar"
    ? "it is a tar file, but cut short or of no image: neither an OCI layout nor a Docker archive"
    : "it is not an image archive: that is a tar file, also compressed by gzip or zstd";
}

function compressed(by: string): string {
  return `it is compressed by ${by}, but cut short or no image archive inside`;
}

/**
 * Where a container's writes beside its image go.
 *
 * @module
 */

/**
 * The upper folder of the overlay that a process has for its root, from its `/proc/<pid>/mountinfo`; undefined where the root is no overlay.
 *
 * @see {@link https://docs.kernel.org/filesystems/overlayfs.html}
 */
export function upperFolder(mountInfo: string): string | undefined {
  // The last mount on a point is the one that is seen.
  for (const line of mountInfo.split("\n").reverse()) {
    const [before, after] = line.split(" - ");
    if (before?.split(" ")[4] !== "/" || !after?.startsWith("overlay ")) {
      continue;
    }
    const upper = /[ ,]upperdir=([^, ]+)/.exec(after)?.[1];
    return upper && unescape(upper);
  }
  return undefined;
}

/** Spaces and the like stand as octal numbers. */
function unescape(path: string): string {
  return path.replace(
    /\\(\d{3})/g,
    (_, octal) => String.fromCharCode(parseInt(octal, 8)),
  );
}

import type { Disk } from "./host.ts";

/**
 * Writes a file unless it says so already: what every start writes must not keep a program from starting when the disk is full, nor wear it out.
 * The mode counts for a new file only.
 *
 * @throws {HostError} when it cannot be written
 */
export async function keepFile(
  disk: Pick<Disk, "read" | "writeAtomic">,
  path: string,
  content: string | Uint8Array,
  options: { readonly mode?: number; readonly sync?: boolean } = {},
): Promise<void> {
  const wanted = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  const has = await disk.read(path).catch(() => undefined);
  if (
    has?.length === wanted.length && has.every((byte, i) => byte === wanted[i])
  ) return;
  await disk.writeAtomic(path, content, options);
}

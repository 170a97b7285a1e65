/**
 * An archive of names that lead out of the folder into which somebody unpacks it.
 *
 * @module
 */

const BLOCK = 512;

/** One entry as it is written; nothing is checked. */
export interface TarEntry {
  readonly name: string;
  /** `0` a file, `2` a symbolic link, `5` a folder. @default "0" */
  readonly type?: "0" | "2" | "5";
  readonly content?: string;
  readonly link?: string;
}

/** Makes a ustar archive of exactly these entries. */
export function hostileTar(
  entries: readonly TarEntry[],
): Uint8Array<ArrayBuffer> {
  const blocks: Uint8Array[] = [];
  for (const { name, type = "0", content = "", link = "" } of entries) {
    const bytes = new TextEncoder().encode(content);
    const header = new Uint8Array(BLOCK);
    const put = (at: number, text: string) =>
      header.set(new TextEncoder().encode(text), at);
    put(0, name);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, `${bytes.length.toString(8).padStart(11, "0")}\0`);
    put(136, "00000000000\0");
    put(148, " ".repeat(8));
    put(156, type);
    put(157, link);
    put(257, "ustar\x0000");
    const sum = header.reduce((total, byte) => total + byte, 0);
    put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
    const body = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
    body.set(bytes);
    blocks.push(header, body);
  }
  blocks.push(new Uint8Array(2 * BLOCK));
  return new Uint8Array(blocks.flatMap((block) => [...block]));
}

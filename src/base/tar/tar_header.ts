/**
 * Headers of tar archives as they are written: POSIX ustar, with pax records for what does not fit (POSIX.1-2017, pax).
 *
 * @module
 */
import { concat, encodeText } from "../bytes.ts";

/** Archives are made of blocks of this many bytes. */
export const TAR_BLOCK_BYTES = 512;

/** What ends an archive. */
export const TAR_END_BYTES = 2 * TAR_BLOCK_BYTES;

/** One member of an archive, without its content. */
export interface TarEntry {
  /** Without a slash at its beginning. */
  readonly name: string;
  /** What it is. */
  readonly type: "file" | "folder" | "link";
  /** Length of a file's content. @default 0 */
  readonly sizeBytes?: number;
  /** Permission bits. */
  readonly mode: number;
  /** Its owner's id. @default 0 */
  readonly uid?: number;
  /** Its group's id. @default 0 */
  readonly gid?: number;
  /** Milliseconds since 1970. @default 0 */
  readonly modified?: number;
  /** Where a link points. */
  readonly linkTarget?: string;
}

const FLAGS: Readonly<Record<TarEntry["type"], string>> = {
  file: "0",
  folder: "5",
  link: "2",
};

/** The largest number that a field of eight and one of twelve characters hold. */
const MOST = { 8: 0o7777777, 12: 0o77777777777 } as const;

const NAME_BYTES = 100;

/** The header of a member; its content follows, filled up with {@linkcode tarPadding}. */
export function tarHeader(entry: TarEntry): Uint8Array<ArrayBuffer> {
  const isFolder = entry.type === "folder";
  const name = isFolder && !entry.name.endsWith("/")
    ? `${entry.name}/`
    : entry.name;
  const { sizeBytes = 0, uid = 0, gid = 0, linkTarget = "" } = entry;
  const seconds = Math.max(0, Math.floor((entry.modified ?? 0) / 1000));
  const records: [string, string | number][] = [];
  if (encodeText(name).length > NAME_BYTES) records.push(["path", name]);
  if (encodeText(linkTarget).length > NAME_BYTES) {
    records.push(["linkpath", linkTarget]);
  }
  if (sizeBytes > MOST[12]) records.push(["size", sizeBytes]);
  if (uid > MOST[8]) records.push(["uid", uid]);
  if (gid > MOST[8]) records.push(["gid", gid]);
  const fields = {
    ...{ name, linkTarget, uid, gid, seconds },
    sizeBytes,
    mode: entry.mode & 0o7777,
    flag: FLAGS[entry.type],
  };
  if (records.length === 0) return block(fields);
  const pax = encodeText(records.map(paxRecord).join(""));
  return concat([
    block({
      ...{ name: "pax", linkTarget: "", uid: 0, gid: 0, seconds },
      sizeBytes: pax.length,
      mode: 0o644,
      flag: "x",
    }),
    pax,
    tarPadding(pax.length),
    block(fields),
  ]);
}

/** What fills a content of this length up to whole blocks. */
export function tarPadding(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const over = sizeBytes % TAR_BLOCK_BYTES;
  return new Uint8Array(over === 0 ? 0 : TAR_BLOCK_BYTES - over);
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord([key, value]: [string, string | number]): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = encodeText(rest).length;
  let length = bytes + 1;
  while (String(length).length + bytes !== length) {
    length = String(length).length + bytes;
  }
  return `${length}${rest}`;
}

function block(fields: {
  readonly name: string;
  readonly linkTarget: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly seconds: number;
  readonly flag: string;
}): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(TAR_BLOCK_BYTES);
  const put = (at: number, text: string, width: number) =>
    bytes.set(encodeText(text).subarray(0, width), at);
  const number = (at: number, value: number, width: 8 | 12) => {
    const fits = value <= MOST[width] ? value : 0;
    put(at, fits.toString(8).padStart(width - 1, "0"), width - 1);
  };
  put(0, fields.name, NAME_BYTES);
  number(100, fields.mode, 8);
  number(108, fields.uid, 8);
  number(116, fields.gid, 8);
  number(124, fields.sizeBytes, 12);
  number(136, fields.seconds, 12);
  put(148, " ".repeat(8), 8); // the checksum counts its own field as blanks
  put(156, fields.flag, 1);
  put(157, fields.linkTarget, NAME_BYTES);
  put(257, "ustar\x0000", 8);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `, 8);
  return bytes;
}

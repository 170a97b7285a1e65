/**
 * The bytes under `["row", …]` and `["log", …]`.
 *
 * ```text
 *   row record:  {"r":revision,"l":labels,"f":fields,"z":1|"c":[id,count,bytes]} \n text
 *   log record:  {"k":key,"p":log entry before,"g":group,"d":1 for a deletion} \n row record of the previous row, if any
 * ```
 *
 * A log entry keeps the row *before* the change. The row after it is the previous one of the key's next entry, or the row that is there now; so each
 * version of an object is written twice in all, as in a log of new rows, and yet a reader always finds the previous row, however short the log is cut.
 *
 * Bytes and not values: their size is known (KV limits it), they take no detour through a serialiser, and any tool can read them.
 *
 * @module
 */
import { deflateSync, inflateSync } from "node:zlib";
import { concat, decodeText, encodeText } from "../base/bytes.ts";
import {
  type Key,
  type Revision,
  StoreCorruptError,
  type Value,
} from "./store.ts";
import { type ChunkReference, StoredRow } from "./stored_row.ts";

/** Most bytes of text in a row's own record; KV takes 65,536 for a value, and a log record adds a second header. */
export const INLINE_LIMIT_BYTES = 48 * 1024;
/** Most bytes of labels, fields and the like. */
const HEADER_LIMIT_BYTES = 14 * 1024;
/** Fast rather than small: a write waits for it. */
const DEFLATE_LEVEL = 1;

const NEW_LINE = 10;

/** A text on its way to the KV. */
export interface PackedText {
  /** What goes into the row's record. */
  readonly inline: Uint8Array;
  /** What does not fit and goes into chunks. */
  readonly outside?: Uint8Array;
  /** The bytes are deflated. */
  readonly deflated: boolean;
}

/** Turns a text into bytes, compressed when it would not fit into a record. */
export function packText(text: string): PackedText {
  const bytes = encodeText(text);
  if (bytes.length <= INLINE_LIMIT_BYTES) {
    return { inline: bytes, deflated: false };
  }
  const small = deflate(bytes);
  return small.length <= INLINE_LIMIT_BYTES
    ? { inline: small, deflated: true }
    : { inline: new Uint8Array(), outside: small, deflated: true };
}

/** Compresses bytes. */
export function deflate(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(deflateSync(bytes, { level: DEFLATE_LEVEL }));
}

/** The text of compressed bytes. @throws {StoreCorruptError} */
export function inflateText(bytes: Uint8Array): string {
  try {
    return decodeText(inflateSync(bytes));
  } catch (error) {
    throw corrupt("compressed text does not unpack", error);
  }
}

interface RowHeader {
  r: Revision;
  l?: Record<string, string>;
  f?: Record<string, string>;
  z?: 1;
  c?: [id: string, count: number, bytes: number];
}

/** The record of a row. @throws {RangeError} when labels and fields are too large */
export function encodeRow(
  row: StoredRow,
  packed: PackedText = row.chunks === undefined
    ? packText(row.text)
    : { inline: new Uint8Array(), deflated: true },
): Uint8Array<ArrayBuffer> {
  const { labels, fields, chunks } = row;
  const header: RowHeader = { r: row.revision };
  if (labels !== undefined) header.l = labels;
  if (fields !== undefined) header.f = fields;
  if (chunks !== undefined) header.c = [chunks.id, chunks.count, chunks.bytes];
  else if (packed.deflated) header.z = 1;
  const head = encodeText(JSON.stringify(header) + "\n");
  if (head.length > HEADER_LIMIT_BYTES) {
    throw new RangeError(
      `Can not store "${row.key}": labels and fields take more than ${HEADER_LIMIT_BYTES} bytes`,
    );
  }
  return concat([head, packed.inline]);
}

/** A row as its record tells it; the text is still missing when it lies in chunks. */
export interface DecodedRow {
  readonly key: Key;
  readonly revision: Revision;
  readonly value: Value;
  readonly chunks?: ChunkReference;
}

/** Reads a row's record. @throws {StoreCorruptError} */
export function decodeRow(key: Key, bytes: Uint8Array): DecodedRow {
  const { header, body } = split(bytes, `row "${key}"`);
  const { r, l, f, z, c } = header as Partial<RowHeader>;
  if (!isRevision(r)) throw corrupt(`row "${key}" has no revision`);
  const text = c !== undefined
    ? ""
    : z === 1
    ? inflateText(body)
    : decodeText(body);
  return {
    key,
    revision: r,
    value: {
      text,
      ...(l === undefined ? {} : { labels: l }),
      ...(f === undefined ? {} : { fields: f }),
    },
    ...(c === undefined
      ? {}
      : { chunks: { id: c[0], count: c[1], bytes: c[2] } }),
  };
}

interface LogHeader {
  k: Key;
  p: Revision;
  g: string;
  d?: 1;
}

/** A log entry as written. */
export interface LogRecord {
  readonly key: Key;
  /** Revision of the log entry before this one; 0 for the first. */
  readonly before: Revision;
  /** The commit that wrote it. */
  readonly group: string;
  readonly deletion: boolean;
  /** The record of the row before the change. */
  readonly previous?: Uint8Array;
}

/** The record of a log entry. */
export function encodeLog(record: LogRecord): Uint8Array<ArrayBuffer> {
  const header: LogHeader = {
    k: record.key,
    p: record.before,
    g: record.group,
  };
  if (record.deletion) header.d = 1;
  const head = encodeText(JSON.stringify(header) + "\n");
  return record.previous === undefined ? head : concat([head, record.previous]);
}

/** Reads the record of a log entry. @throws {StoreCorruptError} */
export function decodeLog(revision: Revision, bytes: Uint8Array): LogRecord {
  const { header, body } = split(bytes, `log entry ${revision}`);
  const { k, p, g, d } = header as Partial<LogHeader>;
  if (typeof k !== "string" || !isRevision(p) || typeof g !== "string") {
    throw corrupt(`log entry ${revision} is incomplete`);
  }
  return {
    key: k,
    before: p,
    group: g,
    deletion: d === 1,
    ...(body.length === 0 ? {} : { previous: body }),
  };
}

/** Takes a row from its record and, when it has chunks, their text. */
export function rowOf(decoded: DecodedRow, text?: string): StoredRow {
  const value = text === undefined ? decoded.value : { ...decoded.value, text };
  return new StoredRow(
    decoded,
    value,
    decoded.chunks === undefined ? {} : { chunks: decoded.chunks },
  );
}

/** Whether a value can be a revision. */
export function isRevision(value: unknown): value is Revision {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The error of data that nobody but the store should have written, and that it did not. */
export function corrupt(what: string, cause?: unknown): StoreCorruptError {
  return new StoreCorruptError(
    `The store's data is damaged: ${what}`,
    cause === undefined ? {} : { cause },
  );
}

/** A KV value that has to be bytes. @throws {StoreCorruptError} */
export function bytesOf(value: unknown, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw corrupt(`${what} is not bytes`);
  return value;
}

function split(
  bytes: Uint8Array,
  what: string,
): { header: Record<string, unknown>; body: Uint8Array } {
  const end = bytes.indexOf(NEW_LINE);
  if (end < 0) throw corrupt(`${what} has no header`);
  let header: unknown;
  try {
    header = JSON.parse(decodeText(bytes.subarray(0, end)));
  } catch (error) {
    throw corrupt(`${what} has an unreadable header`, error);
  }
  if (typeof header !== "object" || header === null) {
    throw corrupt(`${what} has an unreadable header`);
  }
  return {
    header: header as Record<string, unknown>,
    body: bytes.subarray(end + 1),
  };
}

/**
 * The bytes under `["row", key]`.
 *
 * ```text
 *   {"r":revision,"m":1,"z":1}           \n [labels,fields] \n text      what follows the header is deflated when z is 1
 *   {"r":revision,"m":1,"c":[id,n,bytes]}                                what would follow lies deflated in n chunks
 * ```
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

/** Most bytes that follow the header of a record. KV takes 65,536 for a value; in the log a record stands with others. */
export const INLINE_LIMIT_BYTES = 48 * 1024;
/** Fast rather than small: a write waits for it. */
const DEFLATE_LEVEL = 1;

const NEW_LINE = 10;
const NOTHING = new Uint8Array();

/** A value on its way to the KV. */
export interface PackedValue {
  /** What goes into the row's record. */
  readonly inline: Uint8Array;
  /** What does not fit and goes into chunks. */
  readonly outside?: Uint8Array;
  /** The bytes are deflated. */
  readonly deflated: boolean;
}

/** Turns a value into bytes, compressed when they would not fit into a record. */
export function packValue(value: Value): PackedValue {
  const { labels, fields, text } = value;
  const meta = hasMeta(value)
    ? JSON.stringify([labels ?? null, fields ?? null]) + "\n"
    : "";
  const bytes = encodeText(meta + text);
  if (bytes.length <= INLINE_LIMIT_BYTES) {
    return { inline: bytes, deflated: false };
  }
  const small = new Uint8Array(deflateSync(bytes, { level: DEFLATE_LEVEL }));
  return small.length <= INLINE_LIMIT_BYTES
    ? { inline: small, deflated: true }
    : { inline: NOTHING, outside: small, deflated: true };
}

/** What {@linkcode packValue} compressed. @throws {StoreCorruptError} */
export function unpack(bytes: Uint8Array): Uint8Array {
  try {
    return inflateSync(bytes);
  } catch (error) {
    throw corrupt("compressed bytes do not unpack", error);
  }
}

interface RowHeader {
  r: Revision;
  m?: 1;
  z?: 1;
  c?: [id: string, count: number, bytes: number];
}

/** The record of a row. @param packed the row's value, when it has been packed already */
export function encodeRow(
  row: StoredRow,
  packed?: PackedValue,
): Uint8Array<ArrayBuffer> {
  const { chunks } = row;
  const header: RowHeader = { r: row.revision };
  if (hasMeta(row)) header.m = 1;
  if (chunks !== undefined) {
    header.c = [chunks.id, chunks.count, chunks.bytes];
    return encodeText(JSON.stringify(header) + "\n");
  }
  const { inline, deflated } = packed ?? packValue(row);
  if (deflated) header.z = 1;
  return concat([encodeText(JSON.stringify(header) + "\n"), inline]);
}

/** A row as its record tells it. */
export interface RowRecord {
  readonly key: Key;
  readonly revision: Revision;
  /** Labels and fields stand before the text. */
  readonly meta: boolean;
  /** Labels, fields and text; absent when they lie in chunks. */
  readonly payload?: Uint8Array;
  readonly chunks?: ChunkReference;
}

/** Reads a row's record. @throws {StoreCorruptError} */
export function decodeRow(key: Key, bytes: Uint8Array): RowRecord {
  const { header, body } = splitRecord(bytes, `row "${key}"`);
  const { r, m, z, c } = header as Partial<RowHeader>;
  if (!isRevision(r)) throw corrupt(`row "${key}" has no revision`);
  const common = { key, revision: r, meta: m === 1 };
  if (c !== undefined) {
    return { ...common, chunks: { id: c[0], count: c[1], bytes: c[2] } };
  }
  return { ...common, payload: z === 1 ? unpack(body) : body };
}

/** The row of a record. @param payload what its chunks hold @throws {StoreCorruptError} */
export function rowOf(
  record: RowRecord,
  payload: Uint8Array = record.payload ?? NOTHING,
): StoredRow {
  const { chunks } = record;
  return new StoredRow(
    record,
    record.meta ? valueOf(record.key, payload) : { text: decodeText(payload) },
    chunks === undefined ? {} : { chunks },
  );
}

function valueOf(key: Key, payload: Uint8Array): Value {
  const { header, body } = splitRecord(payload, `row "${key}"`);
  const [labels, fields] = header as unknown as [
    Value["labels"] | null,
    Value["fields"] | null,
  ];
  return {
    text: decodeText(body),
    ...(labels ? { labels } : {}),
    ...(fields ? { fields } : {}),
  };
}

function hasMeta(value: Value): boolean {
  return value.labels !== undefined || value.fields !== undefined;
}

/** Whether a value can be a revision. */
export function isRevision(value: unknown): value is Revision {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The error of data that nobody but the store should have written, and that it did not. */
export function corrupt(what: string, cause?: unknown): StoreCorruptError {
  return new StoreCorruptError(
    `The data is damaged: ${what}`,
    cause === undefined ? {} : { cause },
  );
}

/** A KV value that has to be bytes. @throws {StoreCorruptError} */
export function bytesOf(value: unknown, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw corrupt(`${what} is not bytes`);
  return value;
}

/** The first line, which is JSON, and what follows it. @throws {StoreCorruptError} */
export function splitRecord(
  bytes: Uint8Array,
  what: string,
): { header: object; body: Uint8Array } {
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
  return { header, body: bytes.subarray(end + 1) };
}

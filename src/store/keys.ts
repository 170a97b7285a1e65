/**
 * What can be told from a key alone, and where things lie in the KV.
 *
 * | KV key | value |
 * |---|---|
 * | `["head"]` | {@linkcode Head}: last revision, fence |
 * | `["row", key]` | the row |
 * | `["log", revision]` | changes up to that revision, with the rows before them |
 * | `["chunk", revision, id, n]` | a part of a large row |
 *
 * @module
 */
import type { KeyRange } from "./index.ts";
import type { Key, Revision } from "./store.ts";

/** The KV key of the head. */
export const HEAD_KEY: Deno.KvKey = ["head"];
/** What the KV keys of rows start with. */
export const ROW_PREFIX: Deno.KvKey = ["row"];
/** What the KV keys of log segments start with. */
export const LOG_PREFIX: Deno.KvKey = ["log"];
/** What the KV keys of chunks start with. */
export const CHUNK_PREFIX: Deno.KvKey = ["chunk"];

/** Longest key, in UTF-8 bytes: what KV allows (2,048) less our own part. */
export const KEY_LIMIT_BYTES = 2000;

/** The KV key of a row. */
export function rowKey(key: Key): Deno.KvKey {
  return ["row", key];
}

/** The KV key of the log segment that ends with a revision. */
export function logKey(revision: Revision): Deno.KvKey {
  return ["log", revision];
}

/** Log segments that end after a revision, up to and with another. */
export function logRange(
  after: Revision,
  to: Revision,
): { start: Deno.KvKey; end: Deno.KvKey } {
  return { start: logKey(after + 1), end: logKey(to + 1) };
}

/** The bucket of a key or prefix: its first segment. Each has an index and a ring of its own. */
export function bucketOf(key: Key): string {
  const slash = key.indexOf("/");
  return slash < 0 ? key : key.slice(0, slash);
}

/** The prefix right above a key, with its `/`; "" for a key of one segment. */
export function folderOf(key: Key): Key {
  return key.slice(0, key.lastIndexOf("/") + 1);
}

/** Whether a key lies below a prefix, or is it. */
export function isUnder(key: Key, prefix: Key): boolean {
  return prefix.endsWith("/") ? key.startsWith(prefix) : key === prefix;
}

/** The keys below a prefix, or the one key that it is; only those after `after`. */
export function rangeOf(prefix: Key, after?: Key): KeyRange {
  const to = prefix.endsWith("/")
    ? prefix.slice(0, -1) + "0" // the character that follows "/"
    : prefix + "\0";
  const from = after !== undefined && after >= prefix ? after + "\0" : prefix;
  return { from, to };
}

/** All prefixes that a key lies under, shortest first, and the key itself last. */
export function* prefixesOf(key: Key): Generator<Key> {
  for (let at = key.indexOf("/"); at >= 0; at = key.indexOf("/", at + 1)) {
    yield key.slice(0, at + 1);
  }
  yield key;
}

/** Checks that a row can be stored under a key. @throws {RangeError} */
export function checkKey(key: Key): void {
  if (key === "" || key.endsWith("/")) {
    throw new RangeError(`Can not use key ${JSON.stringify(key)}: no name`);
  }
  if (/\p{Cc}/u.test(key) || !key.isWellFormed()) {
    throw new RangeError(
      `Can not use key ${JSON.stringify(key)}: it is not plain text`,
    );
  }
  // UTF-8 has at most three bytes for each unit of a string.
  if (
    key.length * 3 > KEY_LIMIT_BYTES &&
    new TextEncoder().encode(key).length > KEY_LIMIT_BYTES
  ) {
    throw new RangeError(
      `Can not use key "${
        key.slice(0, 64)
      }…": longer than ${KEY_LIMIT_BYTES} bytes`,
    );
  }
}

/** Checks that something can lie below a prefix. @throws {RangeError} */
export function checkPrefix(prefix: Key): void {
  if (bucketOf(prefix) === "") {
    throw new RangeError(
      `Can not use prefix ${JSON.stringify(prefix)}: no first segment`,
    );
  }
}

/**
 * Texts that are too large for one KV value: compressed, cut up and stored under keys of their own, before the commit that refers to them.
 *
 * Chunks belong to one version of a row: first the row itself refers to them, then the log, once the row is replaced; they go with that part of the log.
 * Those of a write that came to nothing (a crash before its commit) are swept at the next start.
 *
 * @module
 */
import type { Kv } from "../base/host.ts";
import { concat } from "../base/bytes.ts";
import { CHUNK_PREFIX, LOG_PREFIX } from "./keys.ts";
import { bytesOf, corrupt, decodeRow, unpack } from "./record.ts";
import { decodeSegment } from "./segment.ts";
import type { Revision } from "./store.ts";
import type { ChunkReference } from "./stored_row.ts";

/** Bytes of one chunk. KV takes 65,536. */
export const CHUNK_BYTES = 64_000;
/** Chunks that one commit writes: with their keys below KV's 800 KiB. */
const CHUNKS_PER_COMMIT = 12;
/** Deletions that one commit takes (KV allows 1000). */
const DELETES_PER_COMMIT = 500;

/** The chunks that a large row needs. */
export interface ChunkWrite {
  readonly revision: Revision;
  readonly reference: ChunkReference;
  readonly bytes: Uint8Array;
}

/** The reference that bytes get. */
export function referenceTo(bytes: Uint8Array, id: string): ChunkReference {
  return {
    id,
    count: Math.ceil(bytes.length / CHUNK_BYTES),
    bytes: bytes.length,
  };
}

/** The KV keys of the chunks of a row. */
export function chunkKeys(
  revision: Revision,
  reference: ChunkReference,
): Deno.KvKey[] {
  return Array.from(
    { length: reference.count },
    (_, n) => [...CHUNK_PREFIX, revision, reference.id, n],
  );
}

/** Writes the chunks of a row. Nothing refers to them yet. @returns how many commits it took */
export async function writeChunks(kv: Kv, write: ChunkWrite): Promise<number> {
  const keys = chunkKeys(write.revision, write.reference);
  let commits = 0;
  for (let from = 0; from < keys.length; from += CHUNKS_PER_COMMIT) {
    const atomic = kv.atomic();
    for (
      const [i, key] of keys.slice(from, from + CHUNKS_PER_COMMIT).entries()
    ) {
      const start = (from + i) * CHUNK_BYTES;
      atomic.set(key, write.bytes.subarray(start, start + CHUNK_BYTES).slice());
    }
    await atomic.commit();
    commits++;
  }
  return commits;
}

/** Reads what lies in the chunks of a row. @throws {StoreCorruptError} when a chunk is missing */
export async function readChunks(
  kv: Kv,
  of: { readonly revision: Revision; readonly reference: ChunkReference },
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const key of chunkKeys(of.revision, of.reference)) {
    const { value } = await kv.get(key);
    parts.push(bytesOf(value, `chunk ${JSON.stringify(key)}`));
  }
  const bytes = concat(parts);
  if (bytes.length !== of.reference.bytes) {
    throw corrupt(`chunks of revision ${of.revision} have a wrong length`);
  }
  return unpack(bytes);
}

/**
 * Deletes the chunks that nothing refers to.
 *
 * @param known the ids that rows refer to
 * @returns how many chunks were deleted
 */
export async function sweepChunks(
  kv: Kv,
  known: ReadonlySet<string>,
): Promise<number> {
  let loose: { key: Deno.KvKey; id: string }[] = [];
  for await (const { key } of kv.list({ prefix: CHUNK_PREFIX })) {
    const id = String(key[2]);
    if (!known.has(id)) loose.push({ key, id });
  }
  if (loose.length === 0) return 0;
  // What no row refers to may be an older version, which the log owns.
  const owned = new Set<string>();
  for await (const segment of kv.list({ prefix: LOG_PREFIX })) {
    for (const { key, previous } of decodeSegment(segment).entries) {
      if (previous === undefined) continue;
      const { chunks } = decodeRow(key, previous);
      if (chunks !== undefined) owned.add(chunks.id);
    }
  }
  loose = loose.filter(({ id }) => !owned.has(id));
  for (let from = 0; from < loose.length; from += DELETES_PER_COMMIT) {
    const atomic = kv.atomic();
    for (const { key } of loose.slice(from, from + DELETES_PER_COMMIT)) {
      atomic.delete(key);
    }
    await atomic.commit();
  }
  return loose.length;
}

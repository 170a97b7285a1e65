/**
 * Reads everything when a store opens. Writes nothing but the removal of chunks that nothing refers to.
 *
 * @module
 */
import type { Kv } from "../base/host.ts";
import { readChunks, sweepChunks } from "./chunks.ts";
import { type FoundHead, readHead } from "./committer.ts";
import { LOG_PREFIX, ROW_PREFIX } from "./keys.ts";
import { bytesOf, corrupt, decodeRow, rowOf } from "./record.ts";
import type { StoredRow } from "./stored_row.ts";

/** Rows read at a time. */
const READ_BATCH = 500;

/** Reads the head and checks that it goes with the rest. @throws {StoreCorruptError} */
export async function loadHead(kv: Kv): Promise<FoundHead> {
  const found = await readHead(kv);
  const newest = await firstRevision(kv, { reverse: true });
  if (found.versionstamp === null) {
    if (newest !== undefined) throw corrupt("it has a log but no head");
    for await (const _ of kv.list({ prefix: ROW_PREFIX }, { limit: 1 })) {
      throw corrupt("it has rows but no head");
    }
    return found;
  }
  const { log } = found.head;
  if ((newest ?? log.after) !== log.last) {
    throw corrupt(
      `its log ends with revision ${newest}, its head says ${log.last}`,
    );
  }
  return found;
}

/** Reads all rows. @throws {StoreCorruptError} */
export async function loadRows(
  kv: Kv,
  options: { found: FoundHead; take(row: StoredRow): void },
): Promise<{ sweptChunks: number }> {
  const { found, take } = options;
  const chunkIds = new Set<string>();
  const entries = kv.list({ prefix: ROW_PREFIX }, { batchSize: READ_BATCH });
  for await (const { key, value } of entries) {
    const name = String(key[1]);
    const decoded = decodeRow(name, bytesOf(value, `row "${name}"`));
    const { revision, chunks } = decoded;
    if (revision > found.head.revision) {
      throw corrupt(
        `row "${name}" is of revision ${revision}, its head says ${found.head.revision}`,
      );
    }
    if (chunks === undefined) {
      take(rowOf(decoded));
      continue;
    }
    chunkIds.add(chunks.id);
    const payload = await readChunks(kv, { revision, reference: chunks });
    take(rowOf(decoded, payload));
  }
  return { sweptChunks: await sweepChunks(kv, chunkIds) };
}

async function firstRevision(
  kv: Kv,
  options: { reverse: boolean },
): Promise<number | undefined> {
  const entries = kv.list({ prefix: LOG_PREFIX }, { ...options, limit: 1 });
  for await (const { key } of entries) return Number(key[1]);
  return undefined;
}

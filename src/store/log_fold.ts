/**
 * Turns log entries back into events, newest first.
 *
 * An entry holds the row before its change. The row after it is the row before the key's next change, so whoever reads backwards from a known state
 * knows both sides of every entry.
 *
 * @module
 */
import type { Kv } from "../base/host.ts";
import { readChunks } from "./chunks.ts";
import { corrupt, decodeRow, rowOf } from "./record.ts";
import type { LogEntry } from "./segment.ts";
import type { Key } from "./store.ts";
import { type StoredEvent, storedEvent, type StoredRow } from "./stored_row.ts";

/** The state of the keys that were met, going back in time. */
export class LogFold {
  readonly #kv: Kv;
  readonly #rowAtStart: (key: Key) => StoredRow | undefined;
  readonly #rows = new Map<Key, StoredRow | undefined>();

  /** @param rowAtStart the row of a key right after the newest entry that will be folded */
  constructor(kv: Kv, rowAtStart: (key: Key) => StoredRow | undefined) {
    this.#kv = kv;
    this.#rowAtStart = rowAtStart;
  }

  /** The event of the next older entry. @throws {StoreCorruptError} when the entry does not fit what follows it */
  async back(entry: LogEntry): Promise<StoredEvent> {
    const { key, revision } = entry;
    const row = this.#rows.has(key)
      ? this.#rows.get(key)
      : this.#rowAtStart(key);
    if (
      entry.deletion ? row !== undefined : row?.revision !== revision
    ) {
      throw corrupt(
        `log entry ${revision} of "${key}" does not lead to the row after it`,
      );
    }
    const previous = entry.previous === undefined
      ? undefined
      : await readRow(this.#kv, { key, record: entry.previous });
    this.#rows.set(key, previous);
    return storedEvent({ key, revision }, { row, previous });
  }
}

/** The row of a record, with what lies in chunks. @throws {StoreCorruptError} */
export async function readRow(
  kv: Kv,
  at: { readonly key: Key; readonly record: Uint8Array },
): Promise<StoredRow> {
  const record = decodeRow(at.key, at.record);
  const { revision, chunks } = record;
  return chunks === undefined ? rowOf(record) : rowOf(
    record,
    await readChunks(kv, { revision, reference: chunks }),
  );
}

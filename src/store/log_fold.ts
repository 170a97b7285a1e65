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
import {
  bytesOf,
  corrupt,
  decodeLog,
  decodeRow,
  type LogRecord,
  rowOf,
} from "./record.ts";
import type { Key, Revision } from "./store.ts";
import { type StoredEvent, storedEvent, type StoredRow } from "./stored_row.ts";

/** A log entry as read from the KV. */
export interface LogEntry extends LogRecord {
  readonly revision: Revision;
}

/** Reads an entry of `kv.list`. @throws {StoreCorruptError} */
export function logEntry(entry: Deno.KvEntry<unknown>): LogEntry {
  const revision = Number(entry.key[1]);
  const bytes = bytesOf(entry.value, `log entry ${revision}`);
  return { revision, ...decodeLog(revision, bytes) };
}

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
    const previous = await this.#previousOf(entry);
    this.#rows.set(key, previous);
    return storedEvent({ key, revision }, { row, previous });
  }

  async #previousOf(entry: LogEntry): Promise<StoredRow | undefined> {
    if (entry.previous === undefined) return undefined;
    const decoded = decodeRow(entry.key, entry.previous);
    const { revision, chunks } = decoded;
    return chunks === undefined ? rowOf(decoded) : rowOf(
      decoded,
      await readChunks(this.#kv, { revision, reference: chunks }),
    );
  }
}

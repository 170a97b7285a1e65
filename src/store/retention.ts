/**
 * Which log entries a commit deletes: the oldest, once the log is larger than its bound. By size and not by clock, so that a cluster at rest keeps its
 * history, and writes nothing to drop it.
 *
 * @module
 */
import type { Kv } from "../base/host.ts";
import type { LogFigures } from "./head.ts";
import { logRange } from "./keys.ts";
import { bytesOf, decodeLog, decodeRow } from "./record.ts";
import type { Revision } from "./store.ts";
import type { ChunkReference } from "./stored_row.ts";

/** How large the log may become. */
export interface LogBound {
  readonly rows: number;
  readonly bytes: number;
}

/** What is known of a log entry without reading it. */
export interface LogMark {
  readonly revision: Revision;
  /** Bytes of the entry and of the chunks that it owns. */
  readonly bytes: number;
  /** The chunks that go with it. */
  readonly chunks?: { readonly revision: Revision } & {
    readonly reference: ChunkReference;
  };
}

/** Entries read at a time when those of an earlier start are to be dropped. */
const READ_BATCH = 256;

/** The old end of the log. */
export class Retention {
  readonly #kv: Kv;
  readonly #bound: LogBound;
  /** Marks of the oldest entries, oldest first, without a gap. */
  #marks: LogMark[] = [];
  /** Place of the oldest mark that is still wanted; what is before it has been dropped. */
  #start = 0;
  /** The marks reach to the newest entry, so that new ones can be added behind them. */
  #complete: boolean;

  constructor(kv: Kv, options: { bound: LogBound; log: LogFigures }) {
    this.#kv = kv;
    this.#bound = options.bound;
    this.#complete = options.log.rows === 0;
  }

  /** The entries to delete so that the log keeps to its bound, at most `limit` mutations of them. */
  async plan(log: LogFigures, limit: number): Promise<LogMark[]> {
    const out: LogMark[] = [];
    let { rows, bytes } = log;
    let mutations = 0;
    while (rows > 1 && (rows > this.#bound.rows || bytes > this.#bound.bytes)) {
      const at = this.#start + out.length;
      if (at === this.#marks.length) {
        if (this.#complete) break;
        await this.#refill(log);
        continue;
      }
      const mark = this.#marks[at]!;
      mutations += 1 + (mark.chunks?.reference.count ?? 0);
      if (mutations > limit) break;
      out.push(mark);
      rows--;
      bytes -= mark.bytes;
    }
    return out;
  }

  /** A commit succeeded: forgets what it deleted, and remembers what it added. */
  committed(deleted: number, added: readonly LogMark[]): void {
    this.#start += deleted;
    if (this.#complete) { for (const mark of added) this.#marks.push(mark); }
    if (this.#start > 1024 && this.#start * 2 > this.#marks.length) {
      this.#marks = this.#marks.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Another server wrote: what is remembered may be gone. */
  reset(): void {
    this.#marks = [];
    this.#start = 0;
    this.#complete = false;
  }

  async #refill(log: LogFigures): Promise<void> {
    const from = this.#marks.at(-1)?.revision ?? log.after;
    let read = 0;
    const entries = this.#kv.list(logRange(from, log.last), {
      limit: READ_BATCH,
      batchSize: READ_BATCH,
    });
    for await (const { key, value } of entries) {
      const revision = Number(key[1]);
      const bytes = bytesOf(value, `log entry ${revision}`);
      this.#marks.push(markOf(revision, bytes));
      read++;
    }
    this.#complete = read < READ_BATCH;
  }
}

/** The mark of an entry as it is in the KV. */
function markOf(revision: Revision, bytes: Uint8Array): LogMark {
  const { key, previous } = decodeLog(revision, bytes);
  const row = previous === undefined ? undefined : decodeRow(key, previous);
  return logMark(
    revision,
    bytes.length,
    row?.chunks && { revision: row.revision, reference: row.chunks },
  );
}

/** The mark of an entry. */
export function logMark(
  revision: Revision,
  bytes: number,
  chunks?: LogMark["chunks"],
): LogMark {
  return {
    revision,
    bytes: bytes + (chunks?.reference.bytes ?? 0),
    ...(chunks === undefined ? {} : { chunks }),
  };
}

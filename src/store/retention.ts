/**
 * Which log segments a commit deletes: the oldest, once the log is larger than its bound. By size and not by clock, so that a cluster at rest keeps
 * its history, and writes nothing to drop it.
 *
 * @module
 */
import type { Kv } from "../base/host.ts";
import type { LogFigures } from "./head.ts";
import { logRange } from "./keys.ts";
import { bytesOf, decodeRow } from "./record.ts";
import { decodeSegment } from "./segment.ts";
import type { Revision } from "./store.ts";
import type { ChunkReference } from "./stored_row.ts";

/** How large the log may become. */
export interface LogBound {
  /** Changes. */
  readonly rows: number;
  readonly bytes: number;
}

/** The chunks of one row. */
export interface OwnedChunks {
  readonly revision: Revision;
  readonly reference: ChunkReference;
}

/** What is known of a segment without reading it. */
export interface SegmentMark {
  /** Its last revision. */
  readonly last: Revision;
  /** Changes in it. */
  readonly rows: number;
  /** Bytes of the segment and of the chunks that it owns. */
  readonly bytes: number;
  /** The chunks that go with it. */
  readonly chunks: readonly OwnedChunks[];
}

/** Segments read at a time when those of an earlier start are to be dropped. */
const READ_BATCH = 64;

/** The old end of the log. */
export class Retention {
  readonly #kv: Kv;
  readonly #bound: LogBound;
  /** Marks of the oldest segments, oldest first, without a gap. */
  #marks: SegmentMark[] = [];
  /** Place of the oldest mark that is still wanted; what is before it has been dropped. */
  #start = 0;
  /** The marks reach to the newest segment, so that new ones can be added behind them. */
  #complete: boolean;

  constructor(kv: Kv, options: { bound: LogBound; log: LogFigures }) {
    this.#kv = kv;
    this.#bound = options.bound;
    this.#complete = options.log.rows === 0;
  }

  /** The segments to delete so that the log keeps to its bound, at most `limit` mutations of them. */
  async plan(log: LogFigures, limit: number): Promise<SegmentMark[]> {
    const out: SegmentMark[] = [];
    let { rows, bytes } = log;
    let mutations = 0;
    while (rows > this.#bound.rows || bytes > this.#bound.bytes) {
      const at = this.#start + out.length;
      if (at === this.#marks.length) {
        if (this.#complete) break;
        await this.#refill(log);
        continue;
      }
      const mark = this.#marks[at]!;
      mutations += mark.chunks.reduce(
        (sum, { reference }) => sum + reference.count,
        1,
      );
      if (mutations > limit) break;
      out.push(mark);
      rows -= mark.rows;
      bytes -= mark.bytes;
    }
    return out;
  }

  /** A commit succeeded: forgets what it deleted, and remembers what it added. */
  committed(deleted: number, added: readonly SegmentMark[]): void {
    this.#start += deleted;
    if (this.#complete) this.#marks.push(...added);
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
    const from = this.#marks.at(-1)?.last ?? log.after;
    let read = 0;
    const segments = this.#kv.list(logRange(from, log.last), {
      limit: READ_BATCH,
      batchSize: READ_BATCH,
    });
    for await (const entry of segments) {
      this.#marks.push(markOf(entry));
      read++;
    }
    this.#complete = read < READ_BATCH;
  }
}

/** The mark of a segment as it is in the KV. */
function markOf(entry: Deno.KvEntry<unknown>): SegmentMark {
  const { entries } = decodeSegment(entry);
  const chunks = entries.flatMap(({ key, previous }) => {
    if (previous === undefined) return [];
    const row = decodeRow(key, previous);
    return row.chunks === undefined
      ? []
      : [{ revision: row.revision, reference: row.chunks }];
  });
  const { length } = bytesOf(entry.value, "log segment");
  return segmentMark({
    last: Number(entry.key[1]),
    rows: entries.length,
    bytes: length,
    chunks,
  });
}

/** A mark. @param mark `bytes` without those of its chunks */
export function segmentMark(mark: SegmentMark): SegmentMark {
  const bytes = mark.chunks.reduce(
    (sum, { reference }) => sum + reference.bytes,
    mark.bytes,
  );
  return { ...mark, bytes };
}

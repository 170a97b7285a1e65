/**
 * The bytes under `["log", revision]`: the changes of one commit, or of a part of it, up to that revision.
 *
 * ```text
 *   {"p":last revision of the segment before,"g":group,"e":[[revision,key,1 for a deletion,bytes], …]} \n previous rows' records, one after the other
 * ```
 *
 * A change is kept with the row *before* it. The row after it is the previous one of the key's next change, or the row that is there now; so each
 * version of an object is written twice in all, as in a log of new rows, and yet a reader always finds the previous row, however short the log is cut.
 *
 * One value for all changes of a commit, because the database's work grows with the number of values: with one value a change, the same 64 writers
 * got two thirds of the writes.
 *
 * @module
 */
import { concat, encodeText } from "../base/bytes.ts";
import { bytesOf, corrupt, isRevision, splitRecord } from "./record.ts";
import type { Key, Revision } from "./store.ts";

/** Bytes of a segment; KV takes 65,536 for a value. One change always fits. */
const SEGMENT_BYTES = 60_000;
/** What a change takes besides key and record. */
const CHANGE_OVERHEAD_BYTES = 40;

/** A change, as the log has it. */
export interface LogEntry {
  readonly revision: Revision;
  readonly key: Key;
  readonly deletion: boolean;
  /** The record of the row before. */
  readonly previous?: Uint8Array;
}

/** Changes that lie under one KV key. */
export interface Segment {
  /** Last revision of the segment before; 0 for the first. */
  readonly before: Revision;
  /** The commit that wrote it. */
  readonly group: string;
  /** In order. */
  readonly entries: readonly LogEntry[];
}

/** Distributes the changes of a commit to segments. */
export function segmentsOf(
  entries: readonly LogEntry[],
  commit: { before: Revision; group: string },
): Segment[] {
  const segments: Segment[] = [];
  let open: LogEntry[] = [];
  let size = 0;
  let { before } = commit;
  const close = () => {
    if (open.length === 0) return;
    segments.push({ before, group: commit.group, entries: open });
    before = open.at(-1)!.revision;
    open = [];
    size = 0;
  };
  for (const entry of entries) {
    const more = (entry.previous?.length ?? 0) + entry.key.length * 3 +
      CHANGE_OVERHEAD_BYTES;
    if (size + more > SEGMENT_BYTES) close();
    open.push(entry);
    size += more;
  }
  close();
  return segments;
}

/** Revision of a segment's last change, which is its place in the log. */
export function lastOf(segment: Segment): Revision {
  return segment.entries.at(-1)!.revision;
}

/** Checks that a segment follows the one that ends with a revision. @throws {StoreCorruptError} */
export function checkOrder(before: Revision, segment: Segment): void {
  if (segment.before === before) return;
  throw corrupt(
    `log segment ${
      lastOf(segment)
    } follows ${segment.before}, but the one before it is ${before}`,
  );
}

type Change = [
  revision: Revision,
  key: Key,
  deletion: 0 | 1,
  previousBytes: number,
];

interface SegmentHeader {
  p: Revision;
  g: string;
  e: Change[];
}

/** The bytes of a segment. */
export function encodeSegment(segment: Segment): Uint8Array<ArrayBuffer> {
  const header: SegmentHeader = {
    p: segment.before,
    g: segment.group,
    e: segment.entries.map(({ revision, key, deletion, previous }) => [
      revision,
      key,
      deletion ? 1 : 0,
      previous?.length ?? 0,
    ]),
  };
  const parts = segment.entries.flatMap(({ previous }) => previous ?? []);
  return concat([encodeText(JSON.stringify(header) + "\n"), ...parts]);
}

/** Reads an entry of the KV. @throws {StoreCorruptError} */
export function decodeSegment(entry: Deno.KvEntry<unknown>): Segment {
  const what = `log segment ${String(entry.key[1])}`;
  const { header, body } = splitRecord(bytesOf(entry.value, what), what);
  const { p, g, e } = header as Partial<SegmentHeader>;
  if (!isRevision(p) || typeof g !== "string" || !Array.isArray(e)) {
    throw corrupt(`${what} is incomplete`);
  }
  let at = 0;
  const entries = e.map(([revision, key, deletion, bytes]): LogEntry => {
    const previous = body.subarray(at, at += bytes);
    return {
      revision,
      key,
      deletion: deletion === 1,
      ...(bytes === 0 ? {} : { previous }),
    };
  });
  const last = entries.at(-1)?.revision;
  if (at !== body.length || last !== entry.key[1]) {
    throw corrupt(`${what} is incomplete`);
  }
  return { before: p, group: g, entries };
}

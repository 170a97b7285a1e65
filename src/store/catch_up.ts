/**
 * What somebody else wrote since we looked: for a server whose commit was refused by the fence.
 *
 * @module
 */
import type { Kv } from "../base/host.ts";
import { type FoundHead, readHead } from "./committer.ts";
import type { Head } from "./head.ts";
import { logRange, rowKey } from "./keys.ts";
import { LogFold, readRow } from "./log_fold.ts";
import { bytesOf } from "./record.ts";
import { checkOrder, decodeSegment, lastOf, type LogEntry } from "./segment.ts";
import { type Key, StoreFailedError } from "./store.ts";
import type { StoredEvent, StoredRow } from "./stored_row.ts";

/** How often it is tried to read head, log and rows of one moment while somebody writes. */
const ATTEMPTS = 50;

/** What was missed. */
export interface Missed {
  readonly found: FoundHead;
  /** In order. */
  readonly events: readonly StoredEvent[];
  /** The commit that each event is of. */
  readonly groups: readonly string[];
}

/** Reads what was written after a head. @throws {StoreFailedError} when the log does not reach back to it */
export async function readMissed(kv: Kv, since: Head): Promise<Missed> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await readHead(kv);
    let missed: Missed | undefined;
    let failure: unknown;
    try {
      missed = await readUpTo(kv, { since, found });
    } catch (error) {
      failure = error;
    }
    // All of one moment only if nobody wrote in between: what does not fit may just be newer than the head.
    const { versionstamp } = await readHead(kv);
    if (versionstamp !== found.versionstamp) continue;
    if (missed === undefined) throw failure;
    return missed;
  }
  throw new StoreFailedError("Can not catch up: others write all the time");
}

async function readUpTo(
  kv: Kv,
  { since, found }: { since: Head; found: FoundHead },
): Promise<Missed> {
  const { log } = found.head;
  if (log.after > since.log.last) {
    throw new StoreFailedError(
      `Can not catch up: the log begins after revision ${log.after}, this server is at ${since.revision}`,
    );
  }
  const entries: LogEntry[] = [];
  const groups: string[] = [];
  let before = since.log.last;
  for await (const entry of kv.list(logRange(before, log.last))) {
    const segment = decodeSegment(entry);
    checkOrder(before, segment);
    before = lastOf(segment);
    entries.push(...segment.entries);
    groups.push(...segment.entries.map(() => segment.group));
  }
  const rows = await readRows(kv, new Set(entries.map(({ key }) => key)));
  const fold = new LogFold(kv, (key) => rows.get(key));
  const events: StoredEvent[] = [];
  for (const entry of entries.toReversed()) {
    events.push(await fold.back(entry));
  }
  return { found, events: events.reverse(), groups };
}

async function readRows(
  kv: Kv,
  keys: ReadonlySet<Key>,
): Promise<Map<Key, StoredRow>> {
  const rows = new Map<Key, StoredRow>();
  for (const key of keys) {
    const { value, versionstamp } = await kv.get(rowKey(key));
    if (versionstamp === null) continue;
    const record = bytesOf(value, `row "${key}"`);
    rows.set(key, await readRow(kv, { key, record }));
  }
  return rows;
}

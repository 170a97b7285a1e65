/**
 * Brings batches to the KV: one atomic commit each, fenced by the head.
 *
 * @module
 */
import type { Clock, Kv } from "../base/host.ts";
import { messageOf } from "../base/errors.ts";
import type { Batch } from "./batch.ts";
import { chunkKeys, writeChunks } from "./chunks.ts";
import { decodeHead, EMPTY_HEAD, type Head, type LogFigures } from "./head.ts";
import { HEAD_KEY, logKey, rowKey } from "./keys.ts";
import {
  type LogBound,
  type OwnedChunks,
  Retention,
  type SegmentMark,
  segmentMark,
} from "./retention.ts";
import { encodeSegment, lastOf, type Segment, segmentsOf } from "./segment.ts";
import { StoreFailedError } from "./store.ts";
import { isVolatile, type StoredEvent } from "./stored_row.ts";
import type { Write } from "./transaction.ts";
import { isCovered, nextFigures } from "./volatile.ts";

/** Mutations of one commit that KV allows. */
const MUTATION_LIMIT = 1000;
/** Bytes of keys of one commit: KV allows 81,920, and the head takes some. */
const KEYS_LIMIT_BYTES = 80_000;
/** The key of a chunk, which is the longest that is dropped with the log. */
const DROPPED_KEY_BYTES = 60;
/** Waits before a refused commit is tried again; then the store gives up. */
const RETRY_MS = [20, 200, 1000] as const;

/** A head as it is in the KV. */
export interface FoundHead {
  readonly head: Head;
  readonly versionstamp: string | null;
}

/** How a commit ended: on disk, or somebody else wrote first. */
export type CommitResult = "committed" | "fenced";

/** What a {@linkcode Committer} needs. */
export interface CommitterOptions {
  readonly kv: Kv;
  readonly clock: Clock;
  /** A name that no other writer has. */
  readonly writer: string;
  readonly found: FoundHead;
  readonly logBound: LogBound;
  readonly ceilingStep: number;
}

/** See the module. */
export class Committer {
  /** Commits so far. */
  commits = 0;
  readonly #options: CommitterOptions;
  readonly #retention: Retention;
  #found: FoundHead;
  #groups = 0;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#found = options.found;
    this.#retention = new Retention(options.kv, {
      bound: options.logBound,
      log: options.found.head.log,
    });
  }

  /** The last head that is known to be on disk. */
  get head(): Head {
    return this.#found.head;
  }

  /** The name of the last commit that was tried. */
  get group(): string {
    return `${this.#options.writer}-${this.#groups.toString(36)}`;
  }

  /** Goes on from a head that somebody else wrote. */
  adopt(found: FoundHead): void {
    this.#found = found;
    this.#retention.reset();
  }

  /** Whether a batch can be acknowledged without a commit. */
  isCovered(batch: Batch): boolean {
    return !batch.durable && isCovered(this.head, batch.writes);
  }

  /** Commits a batch. @throws {StoreFailedError} when the disk refused, and nothing of it can be acknowledged */
  async commit(batch: Batch): Promise<CommitResult> {
    try {
      return await this.#commit(batch);
    } catch (error) {
      if (error instanceof StoreFailedError) throw error;
      throw new StoreFailedError(`Can not write: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async #commit(batch: Batch): Promise<CommitResult> {
    const { kv } = this.#options;
    this.#groups++;
    const durable = batch.writes.filter(({ event }) => !isVolatile(event));
    for (const { chunks } of durable) {
      if (chunks !== undefined) this.commits += await writeChunks(kv, chunks);
    }
    const segments = this.#segmentsOf(durable);
    const grown = grow(this.head.log, segments);
    const dropped = await this.#retention.plan(
      grown,
      Math.min(
        MUTATION_LIMIT - 1 - durable.length - segments.length,
        Math.floor((KEYS_LIMIT_BYTES - batch.keyBytes) / DROPPED_KEY_BYTES),
      ),
    );
    const head: Head = {
      ...this.head,
      revision: Math.max(batch.lastRevision, this.head.revision),
      group: this.group,
      ...nextFigures(this.head, batch.writes, this.#options.ceilingStep),
      log: shrink(grown, dropped),
    };
    const result = await this.#write(head, () => {
      const atomic = kv.atomic()
        .check({ key: [...HEAD_KEY], versionstamp: this.#found.versionstamp })
        .set(HEAD_KEY, head);
      for (const [key, record] of lastRecords(durable)) {
        if (record === undefined) atomic.delete(rowKey(key));
        else atomic.set(rowKey(key), record);
      }
      for (const { mark, bytes } of segments) {
        atomic.set(logKey(mark.last), bytes);
      }
      for (const { last, chunks } of dropped) {
        atomic.delete(logKey(last));
        for (const { revision, reference } of chunks) {
          for (const key of chunkKeys(revision, reference)) atomic.delete(key);
        }
      }
      return atomic;
    });
    if (result === "committed") {
      const added = segments.map(({ mark }) => mark);
      this.#retention.committed(dropped.length, added);
    }
    return result;
  }

  #segmentsOf(writes: readonly Write[]): MarkedSegment[] {
    const entries = writes.map(({ event, previousRecord }) => ({
      revision: event.revision,
      key: event.key,
      deletion: event.row === undefined,
      ...(previousRecord === undefined ? {} : { previous: previousRecord }),
    }));
    const owned = new Map(
      writes.map(({ event }) => [event.revision, ownedBy(event)]),
    );
    const commit = { before: this.head.log.last, group: this.group };
    return segmentsOf(entries, commit).map((segment) =>
      marked(
        segment,
        segment.entries.flatMap(({ revision }) => owned.get(revision) ?? []),
      )
    );
  }

  /** Commits, and does not trust an error: the commit may have happened all the same. */
  async #write(
    head: Head,
    makeAtomic: () => Deno.AtomicOperation,
  ): Promise<CommitResult> {
    for (let attempt = 0;; attempt++) {
      let failure: unknown;
      try {
        const result = await makeAtomic().commit();
        if (!result.ok) return "fenced";
        return this.#committed({ head, versionstamp: result.versionstamp });
      } catch (error) {
        failure = error;
      }
      const found = await this.#reread(failure);
      if (found.head.group === head.group) return this.#committed(found);
      if (found.versionstamp !== this.#found.versionstamp) return "fenced";
      const waitMs = RETRY_MS[attempt];
      if (waitMs === undefined) throw failure;
      await this.#options.clock.sleep(waitMs);
    }
  }

  #committed(found: FoundHead): CommitResult {
    this.#found = found;
    this.commits++;
    return "committed";
  }

  /** The head after a commit of unknown outcome. */
  async #reread(failure: unknown): Promise<FoundHead> {
    for (const waitMs of RETRY_MS) {
      try {
        return await readHead(this.#options.kv);
      } catch {
        await this.#options.clock.sleep(waitMs);
      }
    }
    throw failure;
  }
}

/** Reads the head. @throws {StoreCorruptError} */
export async function readHead(kv: Kv): Promise<FoundHead> {
  const { value, versionstamp } = await kv.get([...HEAD_KEY]);
  return {
    head: versionstamp === null ? EMPTY_HEAD : decodeHead(value),
    versionstamp,
  };
}

/** The record that each key ends with; undefined for one that is deleted. */
function lastRecords(
  writes: readonly Write[],
): Map<string, Uint8Array | undefined> {
  return new Map(writes.map(({ event, record }) => [event.key, record]));
}

/** The chunks of the row that an event replaced: from now on the log's. */
function ownedBy({ previous }: StoredEvent): OwnedChunks | undefined {
  return previous?.chunks &&
    { revision: previous.revision, reference: previous.chunks };
}

/** A segment on its way to the KV. */
interface MarkedSegment {
  readonly bytes: Uint8Array;
  readonly mark: SegmentMark;
}

function marked(
  segment: Segment,
  chunks: readonly OwnedChunks[],
): MarkedSegment {
  const bytes = encodeSegment(segment);
  const mark = segmentMark({
    last: lastOf(segment),
    rows: segment.entries.length,
    bytes: bytes.length,
    chunks,
  });
  return { bytes, mark };
}

function grow(log: LogFigures, added: readonly MarkedSegment[]): LogFigures {
  return {
    after: log.after,
    last: added.at(-1)?.mark.last ?? log.last,
    rows: added.reduce((sum, { mark }) => sum + mark.rows, log.rows),
    bytes: added.reduce((sum, { mark }) => sum + mark.bytes, log.bytes),
  };
}

function shrink(log: LogFigures, dropped: readonly SegmentMark[]): LogFigures {
  return {
    after: dropped.at(-1)?.last ?? log.after,
    last: log.last,
    rows: dropped.reduce((sum, { rows }) => sum - rows, log.rows),
    bytes: dropped.reduce((sum, { bytes }) => sum - bytes, log.bytes),
  };
}

/**
 * Brings batches to the KV: one atomic commit each, fenced by the head.
 *
 * @module
 */
import type { Clock, Kv } from "../base/host.ts";
import { messageOf } from "../base/errors.ts";
import type { Batch } from "./batch.ts";
import { chunkKeys, writeChunks } from "./chunks.ts";
import { decodeHead, EMPTY_HEAD, type Head } from "./head.ts";
import { HEAD_KEY, logKey, rowKey } from "./keys.ts";
import { encodeLog } from "./record.ts";
import {
  type LogBound,
  type LogMark,
  logMark,
  Retention,
} from "./retention.ts";
import { type Revision, StoreFailedError } from "./store.ts";
import { isVolatile } from "./stored_row.ts";
import type { Write } from "./transaction.ts";
import { isCovered, nextFigures } from "./volatile.ts";

/** Mutations of one commit that KV allows. */
const MUTATION_LIMIT = 1000;
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
    const logs = this.#logRecords(durable);
    const added = durable.map(({ event }, i) =>
      logMark(
        event.revision,
        logs[i]!.length,
        event.previous?.chunks &&
          {
            revision: event.previous.revision,
            reference: event.previous.chunks,
          },
      )
    );
    const grown = grow(this.head.log, added);
    const dropped = await this.#retention.plan(
      grown,
      MUTATION_LIMIT - 1 - 2 * durable.length,
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
      for (const [i, { event }] of durable.entries()) {
        atomic.set(logKey(event.revision), logs[i]!);
      }
      for (const { revision, chunks } of dropped) {
        atomic.delete(logKey(revision));
        if (chunks === undefined) continue;
        for (const key of chunkKeys(chunks.revision, chunks.reference)) {
          atomic.delete(key);
        }
      }
      return atomic;
    });
    if (result === "committed") {
      this.#retention.committed(dropped.length, added);
    }
    return result;
  }

  #logRecords(writes: readonly Write[]): Uint8Array[] {
    let before = this.head.log.last;
    return writes.map(({ event, previousRecord }) => {
      const record = encodeLog({
        key: event.key,
        before,
        group: this.group,
        deletion: event.row === undefined,
        ...(previousRecord === undefined ? {} : { previous: previousRecord }),
      });
      before = event.revision;
      return record;
    });
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

function grow(log: Head["log"], added: readonly LogMark[]): Head["log"] {
  return {
    after: log.after,
    last: added.at(-1)?.revision ?? log.last,
    rows: log.rows + added.length,
    bytes: added.reduce((sum, { bytes }) => sum + bytes, log.bytes),
  };
}

function shrink(log: Head["log"], dropped: readonly LogMark[]): Head["log"] {
  const after: Revision = dropped.at(-1)?.revision ?? log.after;
  return {
    after,
    last: log.last,
    rows: log.rows - dropped.length,
    bytes: dropped.reduce((sum, { bytes }) => sum - bytes, log.bytes),
  };
}

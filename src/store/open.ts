/**
 * Opens the store: on a KV file, a KV Connect URL, or any KV that is handed in.
 *
 * @module
 */
import { dirname } from "node:path";
import { messageOf } from "../base/errors.ts";
import { type Disk, type Host, HostError, type Kv } from "../base/host.ts";
import { encodeHex } from "../base/bytes.ts";
import type { BucketBounds } from "./bucket.ts";
import { Committed } from "./committed.ts";
import { Committer } from "./committer.ts";
import { startRevision } from "./head.ts";
import { KvStore } from "./kv_store.ts";
import { loadHead, loadRows } from "./load.ts";
import { lockKvFile } from "./lock.ts";
import { Sequencer } from "./sequencer.ts";
import { reseal } from "./sealed/reseal.ts";
import { SealedKv, type Sealing } from "./sealed/sealed_kv.ts";
import { type Store, StoreCorruptError } from "./store.ts";
import { CEILING_STEP } from "./volatile.ts";

/** How long the state that a list was read from stays readable for its next pages. Kubernetes' continue window. */
export const SNAPSHOT_WINDOW_MS = 5 * 60_000;
/** Most log entries that are kept. At 10,000 changes a day a node can be off for a week and resume. */
export const LOG_BOUND_ROWS = 100_000;
/** Most bytes of log entries that are kept. */
export const LOG_BOUND_BYTES = 64 * 1024 * 1024;
/** Most events of a bucket in memory. */
export const RING_BOUND_EVENTS = 8192;
/** Most bytes of replaced rows that the events of a bucket keep in memory. */
export const RING_BOUND_BYTES = 4 * 1024 * 1024;
/** Most bytes of replaced rows that the snapshots of a bucket keep in memory. */
export const SNAPSHOT_BOUND_BYTES = 64 * 1024 * 1024;

/** Options of {@linkcode openStore}. */
export interface OpenStoreOptions {
  /** The KV file (absolute; a lock file is made beside it), `:memory:`, or the URL of a KV Connect server. */
  readonly path?: string;
  /** An open KV instead of a path. The store closes it. */
  readonly kv?: Kv;
  /** @default 100,000 */
  readonly logBoundRows?: number;
  /** @default 64 MiB */
  readonly logBoundBytes?: number;
  /** @default 8192 */
  readonly ringBoundEvents?: number;
  /** @default 4 MiB */
  readonly ringBoundBytes?: number;
  /** @default 5 minutes */
  readonly snapshotWindowMs?: number;
  /** @default 64 MiB */
  readonly snapshotBoundBytes?: number;
  /** Encrypts rows, log and chunks on their way to the KV. @default nothing is encrypted */
  readonly sealing?: Sealing & {
    /** What is sealed, in words that change when that does. */
    readonly scope: string;
  };
  /** How many revisions volatile rows may use before the next write to the disk. @default 1,000,000 */
  readonly ceilingStep?: number;
}

/**
 * Opens a store and reads all of it into memory.
 *
 * @throws {StoreInUseError} when another process has the file open
 * @throws {StoreCorruptError} when what is there was not written by a store; it is left as it is
 */
export async function openStore(
  host: Host,
  options: OpenStoreOptions,
): Promise<Store> {
  checkOptions(options);
  await using opening = new AsyncDisposableStack();
  const kv = await sealed(host, await openKv(host, options, opening), options);
  const found = await readable(options, loadHead(kv));
  const writer = encodeHex(host.random.bytes(6));
  const committer = new Committer({
    kv,
    clock: host.clock,
    writer,
    found,
    logBound: {
      rows: options.logBoundRows ?? LOG_BOUND_ROWS,
      bytes: options.logBoundBytes ?? LOG_BOUND_BYTES,
    },
    ceilingStep: options.ceilingStep ?? CEILING_STEP,
  });
  const committed = opening.use(
    new Committed({
      kv,
      clock: host.clock,
      bounds: boundsOf(options),
      revision: startRevision(found.head),
      volatileFolders: found.head.volatileFolders,
      logAfter: () => committer.head.log.after,
    }),
  );
  const { sweptChunks } = await readable(
    options,
    loadRows(kv, { found, take: (row) => committed.load(row) }),
  );
  host.log("info", "Store opened", {
    revision: committed.revision,
    rows: committed.figures().rows,
    sweptChunks,
  });
  const sequencer = new Sequencer({ host, kv, committed, committer, writer });
  return new KvStore({
    committed,
    committer,
    sequencer,
    resources: opening.move(),
  });
}

function boundsOf(options: OpenStoreOptions): BucketBounds {
  return {
    ring: {
      events: options.ringBoundEvents ?? RING_BOUND_EVENTS,
      bytes: options.ringBoundBytes ?? RING_BOUND_BYTES,
    },
    heldRing: {
      events: options.logBoundRows ?? LOG_BOUND_ROWS,
      bytes: options.logBoundBytes ?? LOG_BOUND_BYTES,
    },
    snapshots: {
      windowMs: options.snapshotWindowMs ?? SNAPSHOT_WINDOW_MS,
      bytes: options.snapshotBoundBytes ?? SNAPSHOT_BOUND_BYTES,
    },
  };
}

async function openKv(
  host: Host,
  options: OpenStoreOptions,
  opening: AsyncDisposableStack,
): Promise<Kv> {
  const { kv, path } = options;
  if (kv !== undefined) return opening.adopt(kv, (open) => open.close());
  if (path === undefined) throw new TypeError("Can not open a store: no path");
  if (isFile(path)) {
    await host.disk.mkdir(dirname(path), { mode: 0o700 });
    opening.use(await lockKvFile(host.disk, path));
    await makePrivate(host.disk, path);
  }
  const opened = await readable(options, host.openKv(path));
  return opening.adopt(opened, (open) => open.close());
}

/** The same KV, with what is stored brought to the current key. */
async function sealed(
  host: Host,
  kv: Kv,
  options: OpenStoreOptions,
): Promise<Kv> {
  const { sealing } = options;
  if (sealing === undefined) return kv;
  const written = await readable(options, reseal(kv, sealing, sealing.scope));
  if (written !== undefined) {
    host.log("info", "Stored values are encrypted with the current key", {
      key: sealing.keys.current || "none",
      written,
    });
  }
  return new SealedKv(kv, sealing);
}

/** What a file's database does not understand is damage; a database elsewhere may just be out of reach. */
async function readable<T>(
  { path }: OpenStoreOptions,
  reading: Promise<T>,
): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const damaged = error instanceof StoreCorruptError ||
      (path !== undefined && isFile(path));
    if (!damaged) throw error;
    throw new StoreCorruptError(
      `Can not open the store${path === undefined ? "" : ` "${path}"`}: ${
        messageOf(error)
      }`,
      { cause: error },
    );
  }
}

function isFile(path: string): boolean {
  return path !== ":memory:" && !/^https?:/.test(path);
}

/** Secrets are in it: nobody else may read the file, nor what the database makes beside it with the same mode. */
async function makePrivate(disk: Disk, path: string): Promise<void> {
  try {
    await disk.stat(path);
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "not-found") {
      throw error;
    }
    await using _made = await disk.openAppend(path, { mode: 0o600 });
  }
}

function checkOptions(options: OpenStoreOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === "number" && !(value > 0)) {
      throw new RangeError(`Can not open a store: ${name} is ${value}`);
    }
  }
}

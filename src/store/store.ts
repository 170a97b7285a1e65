/**
 * The store: a revisioned, ordered key-value space. It knows keys and JSON text, never kinds.
 *
 * Guarantees: a write is answered after it is on disk; revisions strictly increase, one per write; a reader never sees a revision that is
 * not committed; a watcher sees every event after its revision once, in order, or is told {@linkcode Watcher.read} `"expired"`.
 *
 * @module
 */

/** A position in the store's history. 0 is before the first write. */
export type Revision = number;

/**
 * The path of an object: `/`-separated segments, for example `pods/default/web-1` or `apps/deployments/default/web`.
 * A prefix that ends with `/` stands for all keys below it. Keys order as strings, as etcd's do.
 */
export type Key = string;

/** What a write puts under a key. */
export interface Value {
  /** The object as JSON, its own `metadata.resourceVersion` inside. */
  readonly text: string;
  /** The labels that selectors meet. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The fields that field selectors meet, by path (`spec.nodeName`), without name and namespace. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** A value as stored. Immutable. */
export interface Row extends Value {
  readonly key: Key;
  /** The revision of the write that made this row. */
  readonly revision: Revision;
}

/** One change. */
export interface StoreEvent {
  readonly revision: Revision;
  readonly key: Key;
  /** The new row; absent when the key was deleted. */
  readonly row?: Row;
  /** The row before; absent when the key was created. */
  readonly previous?: Row;
}

/** What one transaction sees and does. Valid only while its function runs. */
export interface Transaction {
  /** The newest row of a key: committed, or pending ahead of this transaction, or written by it. Only keys named to `transact`. */
  get(key: Key): Row | undefined;
  /**
   * The newest rows below a prefix (that ends with `/`), in key order, as {@linkcode Transaction.get} sees each. They need not be named to
   * `transact`: the function runs again when another server got ahead, whatever it looked at.
   */
  list(prefix: Key): readonly Row[];
  /**
   * Writes a key. `encode` is called at once with the revision that the write gets.
   *
   * @returns the row as it will be stored
   */
  put(
    key: Key,
    encode: (revision: Revision) => Value,
    options?: PutOptions,
  ): Row;
  /** Deletes a key. @returns the revision of the deletion @throws when the key is not there */
  delete(key: Key): Revision;
}

/** Options of {@linkcode Transaction.put}. */
export interface PutOptions {
  /**
   * The row lives in memory only: it takes a revision and gives events like others, and is gone after a restart.
   * A key is volatile, or not, for as long as it exists.
   *
   * @default false
   */
  readonly volatile?: boolean;
}

/** A page of a list. */
export interface Page {
  readonly rows: readonly Row[];
  /** The revision that the whole list is of. */
  readonly revision: Revision;
  /** How many rows of the range follow after this page. */
  readonly remaining: number;
}

/** Options of {@linkcode Store.list}. */
export interface ListOptions {
  /** Only keys after this one. */
  readonly after?: Key;
  /** At most this many rows; 0 is no limit. @default 0 */
  readonly limit?: number;
  /** Lists the state as of this revision, kept for the snapshot window (5 minutes). @throws {ExpiredError} when it is gone */
  readonly at?: Revision;
}

/** Options of {@linkcode Store.watch}. */
export interface WatchOptions {
  /** Events after this revision. @throws {ExpiredError} when they are no longer known */
  readonly after: Revision;
  /** Wakes and delivers only for rows (new or previous) whose field has this value, for example `spec.nodeName`. */
  readonly field?: { readonly name: string; readonly value: string };
}

/** A cursor in the history of a prefix. Costs nothing to others, however slow it is. */
export interface Watcher extends Disposable {
  /**
   * Resolves with the next events, at least one and in order, or with `"expired"` when this reader fell behind what is kept
   * (resume with a list), or with `"closed"` after {@linkcode Watcher.close} or the store's end.
   */
  read(): Promise<readonly StoreEvent[] | "expired" | "closed">;
  /** All events up to this revision have been read (for bookmarks). */
  readonly revision: Revision;
  close(): void;
}

/** Figures for metrics and `/debug/state`. */
export interface StoreStats {
  readonly revision: Revision;
  /** Oldest revision that a watch can resume after. */
  readonly oldestRevision: Revision;
  readonly rows: number;
  readonly watchers: number;
  /** Commits to the KV since start; one fsync each. */
  readonly commits: number;
  /** Durable writes since start. */
  readonly writes: number;
  /** Bytes of JSON text of all rows. */
  readonly textBytes: number;
}

/** The store. Opened by `openStore(host, options)` in `open.ts`. */
export interface Store extends AsyncDisposable {
  /** The last committed revision. */
  readonly revision: Revision;
  /** The committed row of a key. */
  get(key: Key): Row | undefined;
  /** The committed rows below a prefix, in key order, of one revision. */
  list(prefix: Key, options?: ListOptions): Page;
  /**
   * The write primitive. `fn` is synchronous and pure: it sees committed and pending rows of the named keys, writes or deletes among them, may throw
   * to refuse (nothing is written and the error is the answer), and is run again when another server got ahead.
   * Resolves with what `fn` returned once all its writes are on disk.
   *
   * @throws {StoreClosedError} when the store is closing
   * @throws {StoreFailedError} when the disk refused; nothing was acknowledged
   */
  transact<T>(
    keys: readonly Key[],
    fn: (transaction: Transaction) => T,
  ): Promise<T>;
  /** Follows the changes below a prefix (or of one key). */
  watch(prefix: Key, options: WatchOptions): Watcher;
  /** Resolves when `revision` (or a later one) is committed here; aborts with the signal's reason. */
  waitFor(revision: Revision, signal?: AbortSignal): Promise<void>;
  stats(): StoreStats;
  /** Waits for pending commits, ends watchers, closes the KV. */
  close(): Promise<void>;
}

/** The asked revision is no longer kept (HTTP 410 Gone at the API). */
export class ExpiredError extends Error {
  override readonly name = "ExpiredError";
}

/** The asked revision has not happened yet. */
export class FutureRevisionError extends Error {
  override readonly name = "FutureRevisionError";
}

/** The store is closing or closed. */
export class StoreClosedError extends Error {
  override readonly name = "StoreClosedError";
}

/** The disk refused; the store takes no more writes until it is opened again. */
export class StoreFailedError extends Error {
  override readonly name = "StoreFailedError";
}

/** What is in the KV is not what the store wrote. Nothing was changed. */
export class StoreCorruptError extends Error {
  override readonly name = "StoreCorruptError";
}

/** Another process has the KV file open. */
export class StoreInUseError extends Error {
  override readonly name = "StoreInUseError";
}

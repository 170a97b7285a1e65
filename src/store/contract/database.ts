/**
 * What the contract suite runs on: a database that can be opened again and again, and a host whose clock the test moves.
 *
 * @module
 */
import type { Clock, Host, Kv, Timer } from "../../base/host.ts";
import { makeRealHost } from "../../base/real_host.ts";
import { openStore, type OpenStoreOptions } from "../open.ts";
import { FaultyKv } from "./faulty_kv.ts";
import type {
  Key,
  Revision,
  Row,
  Store,
  StoreEvent,
  Value,
  Watcher,
} from "../store.ts";

/** A database that outlives the stores that are opened on it. */
export interface Database extends AsyncDisposable {
  openKv(): Promise<Kv>;
}

/** A kind of database. */
export interface Backing {
  readonly name: string;
  make(): Promise<Database>;
}

/** One database for one test, and a host for its stores. */
export class Bench implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly host: Host;
  readonly #database: Database;
  readonly #wrap: (kv: Kv) => Kv;
  #shared: Kv | undefined;
  #closeShared: () => void = () => {};

  private constructor(database: Database, wrap: (kv: Kv) => Kv) {
    this.#database = database;
    this.#wrap = wrap;
    this.host = {
      ...makeRealHost({ writeLog: () => {} }),
      clock: this.clock,
    };
  }

  /** @param wrap stands between the stores and the database */
  static async make(
    backing: Backing,
    wrap: (kv: Kv) => Kv = (kv) => kv,
  ): Promise<Bench> {
    return new Bench(await backing.make(), wrap);
  }

  /** Opens a store on the database. */
  async open(options: Omit<OpenStoreOptions, "kv"> = {}): Promise<Store> {
    const kv = this.#wrap(await this.openKv());
    return await openStore(this.host, { ...options, kv });
  }

  /** Opens the database itself. */
  async openKv(): Promise<Kv> {
    return this.#shared ?? await this.#database.openKv();
  }

  /**
   * Lets all stores stand on one open database, as servers stand on one KV Connect. (Two openings of one SQLite file are no such thing:
   * they give "database is locked".)
   */
  async share(): Promise<void> {
    const kv = await this.#database.openKv();
    this.#closeShared = () => kv.close();
    const own = new FaultyKv(kv);
    own.close = () => {};
    this.#shared = own;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closeShared();
    await this.#database[Symbol.asyncDispose]();
  }
}

/** A clock that only the test moves. */
export class TestClock implements Clock {
  #nowMs = 1_000_000;
  readonly #timers = new Set<{ atMs: number; fn: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Waits are over at once: what the store waits for is a disk that refuses. */
  sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return Promise.resolve();
  }

  after(ms: number, fn: () => void): Timer {
    const timer = { atMs: this.#nowMs + ms, fn };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  timeout(): AbortSignal {
    throw new Error("Can not make a timeout: the store uses none");
  }

  /** Lets time pass; timers that are due fire. */
  pass(ms: number): void {
    this.#nowMs += ms;
    for (const timer of [...this.#timers]) {
      if (timer.atMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.fn();
    }
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#timers.size;
  }
}

/** What a test writes under a key. */
export interface PutWish {
  readonly data?: string;
  readonly fields?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly volatile?: boolean;
}

/** The value that the tests write: JSON with its revision inside. */
export function valueOf(revision: Revision, wish: PutWish): Value {
  return {
    text: JSON.stringify({ revision, data: wish.data ?? "" }),
    ...(wish.labels === undefined ? {} : { labels: wish.labels }),
    ...(wish.fields === undefined ? {} : { fields: wish.fields }),
  };
}

/** Writes one key. */
export function put(store: Store, key: Key, wish: PutWish = {}): Promise<Row> {
  return store.transact(
    [key],
    (transaction) =>
      transaction.put(key, (revision) => valueOf(revision, wish), {
        volatile: wish.volatile ?? false,
      }),
  );
}

/** Deletes one key. */
export function remove(store: Store, key: Key): Promise<Revision> {
  return store.transact([key], (transaction) => transaction.delete(key));
}

/** What a row's text says. */
export function dataOf(row: Row | undefined): string | undefined {
  return row === undefined ? undefined : JSON.parse(row.text).data;
}

/** All rows below a prefix, by key. */
export function stateOf(
  store: Store,
  prefix: Key,
  at?: Revision,
): Record<Key, string> {
  const { rows } = store.list(prefix, at === undefined ? {} : { at });
  return Object.fromEntries(rows.map((row) => [row.key, row.text]));
}

/** Reads that were begun and wait for an event that may never come. */
const waitingReads = new WeakMap<Watcher, ReturnType<Watcher["read"]>>();

/** Reads a watcher until it has told everything up to a revision. @throws when it ends before */
export async function readUpTo(
  watcher: Watcher,
  revision: Revision,
): Promise<StoreEvent[]> {
  const events: StoreEvent[] = [];
  while (watcher.revision < revision) {
    const reading = waitingReads.get(watcher) ?? watcher.read();
    waitingReads.set(watcher, reading);
    const soon = turn();
    const answer = await Promise.race([reading, soon]);
    await soon; // no timer is left behind
    if (answer === undefined) continue;
    waitingReads.delete(watcher);
    if (typeof answer === "string") throw new Error(`Watcher is ${answer}`);
    events.push(...answer);
  }
  return events;
}

/** Lets everything that only needs the processor run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** An event in a form that is easy to compare: revision, key, data after, data before. */
export function tell(event: StoreEvent): unknown[] {
  return [
    event.revision,
    event.key,
    dataOf(event.row),
    dataOf(event.previous),
  ];
}

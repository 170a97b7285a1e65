/**
 * Contract: laws that hold for every history.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Case } from "./case.ts";
import { ExpiredError, type Revision, type Store } from "../store.ts";
import {
  type Backing,
  Bench,
  put,
  readUpTo,
  remove,
  stateOf,
} from "./database.ts";

/** Runs of each property; a run opens several stores. */
const RUNS = 25;

/** What happens in a history. */
type Step =
  | { readonly do: "write"; readonly writes: readonly WriteWish[] }
  | { readonly do: "restart" }
  | { readonly do: "page"; readonly limit: number };

interface WriteWish {
  readonly key: string;
  readonly delete: boolean;
  readonly large: boolean;
}

const KEYS = ["a/x/1", "a/x/2", "a/y/1", "a/y/2", "a/z", "b/1", "b/2"];
const PREFIXES = ["a/", "a/x/", "a/y/", "a/y/1", "b/"];

const write = fc.record({
  key: fc.constantFrom(...KEYS),
  delete: fc.boolean(),
  large: fc.integer({ min: 0, max: 30 }).map((n) => n === 0),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      writes: fc.array(write, { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("page" as const),
      limit: fc.integer({ min: 1, max: 5 }),
    }),
  },
);
const history = fc.array(step, { minLength: 1, maxLength: 25 });

/** What must be true after each revision. */
class Model {
  readonly states = new Map<Revision, Map<string, string>>([[0, new Map()]]);
  readonly changes: { revision: Revision; key: string; text?: string }[] = [];

  record(change: { revision: Revision; key: string; text?: string }): void {
    const state = new Map(this.states.get(this.last));
    if (change.text === undefined) state.delete(change.key);
    else state.set(change.key, change.text);
    this.states.set(change.revision, state);
    this.changes.push(change);
  }

  get last(): Revision {
    return this.changes.at(-1)?.revision ?? 0;
  }

  below(prefix: string, at: Revision): Record<string, string> {
    return Object.fromEntries(
      [...this.states.get(at)!].filter(([key]) => isBelow(key, prefix)),
    );
  }
}

/** The cases. */
export const PROPERTIES: readonly Case[] = [
  {
    name:
      "list() at any revision and watch() from it give the state of any later one",
    async run(backing) {
      await fc.assert(
        fc.asyncProperty(history, async (steps) => {
          await using run = await HistoryRun.make(backing, {
            ringBoundEvents: 6,
            logBoundRows: 60,
          });
          for (const each of steps) await run.do(each);
          await run.check();
        }),
        { numRuns: RUNS },
      );
    },
  },
  {
    name:
      "list() at a revision is right or expired when memory and log are short",
    async run(backing) {
      await fc.assert(
        fc.asyncProperty(history, async (steps) => {
          await using run = await HistoryRun.make(backing, {
            ringBoundEvents: 3,
            logBoundRows: 8,
            snapshotBoundBytes: 2000,
          });
          for (const each of steps) await run.do(each);
          await run.check();
        }),
        { numRuns: RUNS },
      );
    },
  },
];

type Bounds = Parameters<Bench["open"]>[0];

/** A store that a history happens to, beside its model. */
class HistoryRun implements AsyncDisposable {
  readonly #model = new Model();
  readonly #bench: Bench;
  readonly #bounds: Bounds;
  #store: Store;
  /** Watchers from the beginning of each start, read at the end only. */
  #lazy: { watcher: ReturnType<Store["watch"]>; after: Revision }[] = [];

  private constructor(bench: Bench, bounds: Bounds, store: Store) {
    this.#bench = bench;
    this.#bounds = bounds;
    this.#store = store;
  }

  static async make(backing: Backing, bounds: Bounds): Promise<HistoryRun> {
    const bench = await Bench.make(backing);
    return new HistoryRun(bench, bounds, await bench.open(bounds));
  }

  async do(step: Step): Promise<void> {
    if (step.do === "restart") {
      await this.#checkLazy();
      await this.#store.close();
      this.#store = await this.#bench.open(this.#bounds);
      assert.equal(this.#store.revision, this.#model.last);
    } else if (step.do === "page") {
      await this.#page(step.limit);
    } else {
      await this.#write(step.writes);
    }
    if (this.#lazy.length < 3) {
      const after = this.#store.revision;
      const watcher = this.#store.watch("a/", { after });
      this.#lazy.push({ watcher, after });
    }
  }

  /** Compares everything that can be asked with the model. */
  async check(): Promise<void> {
    await this.#checkLazy();
    const store = this.#store;
    const model = this.#model;
    for (const prefix of PREFIXES) {
      assert.deepEqual(stateOf(store, prefix), model.below(prefix, model.last));
      for (const at of model.states.keys()) {
        const listed = orExpired(() => stateOf(store, prefix, at));
        if (listed !== "expired") {
          assert.deepEqual(listed, model.below(prefix, at), `list at ${at}`);
        }
        const kept = store.stats().oldestRevision <= at;
        const watcher = orExpired(() => store.watch(prefix, { after: at }));
        assert.ok(watcher !== "expired" || !kept, `watch after ${at} expired`);
        if (watcher === "expired") continue;
        await this.#checkEvents({ watcher, after: at, prefix });
      }
    }
    const { oldestRevision } = store.stats();
    const changes = model.changes.filter((c) => c.revision > oldestRevision);
    assert.ok(changes.length <= (this.#bounds?.logBoundRows ?? 0));
  }

  async #checkLazy(): Promise<void> {
    for (const { watcher, after } of this.#lazy) {
      await this.#checkEvents({ watcher, after, prefix: "a/" });
    }
    this.#lazy = [];
  }

  async #checkEvents(of: {
    watcher: ReturnType<Store["watch"]>;
    after: Revision;
    prefix: string;
  }): Promise<void> {
    const model = this.#model;
    using watcher = of.watcher;
    const events = await readUpTo(watcher, model.last);
    const told = events.map((event) => ({
      revision: event.revision,
      key: event.key,
      text: event.row?.text,
      previous: event.previous?.text,
    }));
    let before = model.states.get(of.after)!;
    const expected = [];
    for (const { revision, key, text } of model.changes) {
      if (revision <= of.after) continue;
      if (isBelow(key, of.prefix)) {
        expected.push({ revision, key, text, previous: before.get(key) });
      }
      before = model.states.get(revision)!;
    }
    assert.deepEqual(told, expected, `watch ${of.prefix} after ${of.after}`);
  }

  /** Lists page by page while others write between the pages. */
  async #page(limit: number): Promise<void> {
    const store = this.#store;
    const first = store.list("a/", { limit });
    const expected = this.#model.below("a/", first.revision);
    const seen = [...first.rows];
    for (let { remaining } = first; remaining > 0;) {
      await this.#write([{ key: "a/y/2", delete: false, large: false }]);
      const after = seen.at(-1)!.key;
      const page = orExpired(() =>
        store.list("a/", { limit, after, at: first.revision })
      );
      if (page === "expired") {
        assert.ok(this.#bounds?.snapshotBoundBytes !== undefined);
        return;
      }
      seen.push(...page.rows);
      ({ remaining } = page);
    }
    assert.deepEqual(
      Object.fromEntries(seen.map((row) => [row.key, row.text])),
      expected,
    );
  }

  /** Writes concurrently; the order of revisions is the order of the calls. */
  async #write(wishes: readonly WriteWish[]): Promise<void> {
    const pending = new Map(this.#model.states.get(this.#model.last));
    const writes = wishes.flatMap(({ key, delete: gone, large }) => {
      if (gone && !pending.delete(key)) return [];
      if (!gone) pending.set(key, "");
      const data = large ? "long ".repeat(30_000) : "short";
      return [
        gone
          ? remove(this.#store, key).then((revision) => ({ revision, key }))
          : put(this.#store, key, { data }).then(({ revision, text }) => ({
            revision,
            key,
            text,
          })),
      ];
    });
    for (const change of await Promise.all(writes)) {
      assert.ok(change.revision > this.#model.last);
      this.#model.record(change);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close();
    await this.#bench[Symbol.asyncDispose]();
  }
}

function isBelow(key: string, prefix: string): boolean {
  return prefix.endsWith("/") ? key.startsWith(prefix) : key === prefix;
}

function orExpired<T>(ask: () => T): T | "expired" {
  try {
    return ask();
  } catch (error) {
    if (error instanceof ExpiredError) return "expired";
    throw error;
  }
}

/**
 * Contract: reads of one key, of ranges, of pages and of older states.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Case } from "./case.ts";
import { ExpiredError, FutureRevisionError, type Store } from "../store.ts";
import { Bench, put, remove, stateOf } from "./database.ts";

/** The cases. */
export const LISTS: readonly Case[] = [
  {
    name:
      "list() answers with the rows below a prefix, in key order, of one revision",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      const keys = ["a/b/2", "a/b/10", "a/bc/1", "a/b.c/1", "b/b/1", "a/b/1"];
      await Promise.all(keys.map((key) => put(store, key)));
      const names = (prefix: string) =>
        store.list(prefix).rows.map((row) => row.key);
      assert.deepEqual(names("a/b/"), ["a/b/1", "a/b/10", "a/b/2"]);
      assert.deepEqual(
        names("a/"),
        ["a/b.c/1", "a/b/1", "a/b/10", "a/b/2", "a/bc/1"],
      );
      assert.deepEqual(names("a/b/1"), ["a/b/1"]);
      assert.deepEqual(names("a/b/3"), []);
      assert.deepEqual(names("c/"), []);
      assert.equal(store.list("a/").revision, 6);
      assert.throws(() => store.list("/"), RangeError);
    },
  },
  {
    name: "list() pages through one state, whatever is written meanwhile",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      const name = (i: number) => `a/${String(i).padStart(4, "0")}`;
      await Promise.all(
        Array.from({ length: 500 }, (_, i) => put(store, name(i))),
      );
      const state = stateOf(store, "a/");
      const first = store.list("a/", { limit: 70 });
      assert.equal(first.remaining, 430);
      const seen = [...first.rows];
      let remaining: number = first.remaining;
      for (let page = 0; remaining > 0; page++) {
        // Each of these would show up if pages were of the newest state.
        await Promise.all([
          put(store, name(page * 70 + 35), { data: "changed" }),
          put(store, `${name(499 - page)}-new`),
          remove(store, name(400 + page)),
        ]);
        const next = store.list("a/", {
          limit: 70,
          after: seen.at(-1)!.key,
          at: first.revision,
        });
        assert.equal(next.revision, first.revision);
        seen.push(...next.rows);
        ({ remaining } = next);
        assert.equal(seen.length + remaining, 500);
      }
      assert.deepEqual(
        Object.fromEntries(seen.map((row) => [row.key, row.text])),
        state,
      );
    },
  },
  {
    name:
      "list() keeps a paged state for the window after its last use, and no longer",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open({
        snapshotWindowMs: 1000,
        ringBoundEvents: 1,
      });
      await Promise.all([1, 2, 3].map((i) => put(store, `a/${i}`)));
      const page = store.list("a/", { limit: 1 });
      const next = () =>
        store.list("a/", { limit: 1, after: "a/1", at: page.revision });
      for (let i = 0; i < 5; i++) await put(store, "a/2", { data: `${i}` });
      bench.clock.pass(900);
      assert.equal(next().rows[0]!.revision, 2);
      bench.clock.pass(900);
      assert.equal(next().rows[0]!.revision, 2);
      bench.clock.pass(2001);
      assert.throws(next, ExpiredError);
      assert.equal(bench.clock.timers, 0);
    },
  },
  {
    name: "list() lets a paged state go when it holds too much memory",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open({
        snapshotBoundBytes: 10_000,
        ringBoundEvents: 1,
      });
      await Promise.all([1, 2, 3].map((i) => put(store, `a/${i}`)));
      const { revision } = store.list("a/", { limit: 1 });
      const data = "x".repeat(1000);
      const next = () => store.list("a/", { after: "a/1", at: revision });
      for (let i = 0; i < 5; i++) await put(store, "a/2", { data });
      assert.equal(next().rows.length, 2);
      for (let i = 0; i < 10; i++) await put(store, "a/2", { data });
      assert.throws(next, ExpiredError);
    },
  },
  {
    name: "list() refuses revisions that have not happened or are gone",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open({ ringBoundEvents: 2 });
      for (let i = 0; i < 5; i++) await put(store, "a/1", { data: `${i}` });
      assert.throws(() => store.list("a/", { at: 6 }), FutureRevisionError);
      assert.throws(() => store.list("a/", { at: 2 }), ExpiredError);
      assert.equal(stateOf(store, "a/", 3)["a/1"], row(3, "2"));
      assert.equal(stateOf(store, "a/", 5)["a/1"], row(5, "4"));
      assert.throws(() => store.list("a/", { limit: -1 }), RangeError);
    },
  },
  {
    name:
      "get() and list() answer with the same rows after a thousand changes in random places",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      const model = new Map<string, string>();
      let state = 1;
      const random = (below: number) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
        return state % below;
      };
      const writes: Promise<unknown>[] = [];
      for (let i = 0; i < 3000; i++) {
        const key = `a/${random(600)}`;
        // Grows first, shrinks to nearly nothing then.
        if (random(3000) > i) {
          model.set(key, String(i));
          writes.push(put(store, key, { data: String(i) }));
        } else if (model.delete(key)) {
          writes.push(remove(store, key));
        }
      }
      await Promise.all(writes);
      const expected = [...model].sort(([a], [b]) => a < b ? -1 : 1);
      assert.deepEqual(dataOfAll(store), expected);
      assert.equal(store.stats().rows, model.size);
      assert.equal(
        store.stats().textBytes,
        store.list("a/").rows.reduce((sum, { text }) => sum + text.length, 0),
      );
      for (const [i, [key]] of expected.entries()) {
        assert.equal(JSON.parse(store.get(key)!.text).data, expected[i]![1]);
        const { remaining } = store.list("a/", { limit: i + 1 });
        assert.equal(remaining, expected.length - i - 1);
      }
    },
  },
];

function row(revision: number, data: string): string {
  return JSON.stringify({ revision, data });
}

function dataOfAll(store: Store): [string, string][] {
  return store.list("a/").rows.map((row) => [
    row.key,
    JSON.parse(row.text).data,
  ]);
}

/**
 * Contract: commits that fail, whose answer is lost, or that another server was faster than.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Case } from "./case.ts";
import { StoreFailedError } from "../store.ts";
import {
  Bench,
  dataOf,
  put,
  readUpTo,
  remove,
  stateOf,
  tell,
  turn,
  valueOf,
} from "./database.ts";
import { FaultyKv, Gate } from "./faulty_kv.ts";
import type { Backing } from "./database.ts";

/** The cases. */
export const FAULTS: readonly Case[] = [
  {
    name: "transact() answers once when a commit's answer was lost",
    async run(backing) {
      const { bench, faulty } = await faultyBench(backing);
      await using _ = bench;
      await using store = await bench.open();
      using watcher = store.watch("a/", { after: 0 });
      let runs = 0;
      faulty().fault = () =>
        faulty().commits % 2 === 0 ? "lost-answer" : "none";
      for (let i = 0; i < 10; i++) {
        const count = await store.transact(["a/1"], (transaction) => {
          runs++;
          const next = Number(dataOf(transaction.get("a/1")) ?? 0) + 1;
          transaction.put("a/1", (r) => valueOf(r, { data: `${next}` }));
          return next;
        });
        assert.equal(count, i + 1);
      }
      assert.equal(runs, 10);
      assert.equal(store.revision, 10);
      assert.equal((await readUpTo(watcher, 10)).length, 10);
    },
  },
  {
    name: "transact() tries again when the disk refused once",
    async run(backing) {
      const { bench, faulty } = await faultyBench(backing);
      await using _ = bench;
      await using store = await bench.open();
      faulty().fault = () => faulty().commits === 1 ? "refused" : "none";
      assert.equal((await put(store, "a/1")).revision, 1);
      assert.equal(faulty().commits, 2);
    },
  },
  {
    name:
      "transact() fails, and all after it, when the disk keeps refusing; nothing was written",
    async run(backing) {
      const { bench, faulty } = await faultyBench(backing);
      await using _ = bench;
      {
        await using store = await bench.open();
        await put(store, "a/1", { data: "1" });
        using watcher = store.watch("a/", { after: 1 });
        faulty().fault = () => "refused";
        const writes = [put(store, "a/1", { data: "2" }), put(store, "a/2")];
        for (const write of writes) {
          await assert.rejects(write, StoreFailedError);
        }
        faulty().fault = () => "none";
        await assert.rejects(put(store, "a/3"), StoreFailedError);
        assert.equal(dataOf(store.get("a/1")), "1");
        assert.equal(store.revision, 1);
        assert.equal(watcher.revision, 1);
      }
      await using store = await bench.open();
      assert.deepEqual(Object.keys(stateOf(store, "a/")), ["a/1"]);
      assert.equal(dataOf(store.get("a/1")), "1");
    },
  },
  {
    name:
      "transact() of two stores on one database loses no write and runs again on what the other wrote",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await bench.share();
      await using one = await bench.open();
      await using two = await bench.open();
      using watcher = one.watch("a/", { after: 0 });
      const answers: number[] = [];
      const revisions: number[] = [];
      const count = (store: typeof one) =>
        store.transact(["a/counter"], (transaction) => {
          const next = Number(dataOf(transaction.get("a/counter")) ?? 0) + 1;
          const row = transaction.put(
            "a/counter",
            (revision) => valueOf(revision, { data: `${next}` }),
          );
          return { next, revision: row.revision };
        }).then(({ next, revision }) => {
          answers.push(next);
          revisions.push(revision);
        });
      for (let round = 0; round < 10; round++) {
        await Promise.all([count(one), count(one)]);
        await Promise.all([count(two), count(two), count(two)]);
        await Promise.all([count(one), count(two)]);
      }
      const expected = Array.from({ length: 70 }, (_, i) => i + 1);
      assert.deepEqual(answers.toSorted((a, b) => a - b), expected);
      assert.equal(new Set(revisions).size, 70);
      // A write of its own shows the first store everything.
      const { revision } = await put(one, "a/last");
      const events = await readUpTo(watcher, revision);
      assert.deepEqual(
        events.filter(({ key }) => key === "a/counter").map((event) =>
          tell(event).slice(2)
        ),
        expected.map((n) => [`${n}`, n === 1 ? undefined : `${n - 1}`]),
      );
    },
  },
  {
    name:
      "transact() also runs those again that came while the refused commit was under way",
    async run(backing) {
      const { bench, faulty } = await faultyBench(backing);
      await using _ = bench;
      await bench.share();
      await using two = await bench.open();
      await using one = await bench.open();
      const gate = new Gate();
      faulty().before = () => gate.opened;
      const early = put(one, "a/1", { data: "early" });
      await turn();
      const late = put(one, "a/1", { data: "late" });
      await put(two, "a/2", { data: "two" });
      gate.open();
      assert.deepEqual(
        [(await early).revision, (await late).revision],
        [2, 3],
      );
      assert.equal(dataOf(one.get("a/1")), "late");
    },
  },
  {
    name: "transact() refuses on what the other wrote when it runs again",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await bench.share();
      await using one = await bench.open();
      await using two = await bench.open();
      const create = (store: typeof one, data: string) =>
        store.transact(["a/1"], (transaction) => {
          if (transaction.get("a/1")) throw new Error("Already there");
          transaction.put("a/1", (revision) => valueOf(revision, { data }));
        });
      await create(one, "one");
      await assert.rejects(create(two, "two"), /Already there/);
      assert.equal(dataOf(two.get("a/1")), "one");
      await remove(two, "a/1");
      await assert.rejects(remove(one, "a/1"), /not there/);
    },
  },
  {
    name:
      "transact() finds its own commit in the log when its answer was lost and another wrote after it",
    async run(backing) {
      const { bench, faulty } = await faultyBench(backing);
      await using _ = bench;
      await bench.share();
      await using one = await bench.open();
      const first = faulty();
      await using two = await bench.open();
      let runs = 0;
      first.fault = () => first.commits === 1 ? "lost-answer" : "none";
      // The other writes between the commit and the look at its outcome.
      const get = first.get;
      first.get = async (...args: Parameters<typeof get>) => {
        first.get = get;
        await put(two, "a/2", { data: "two" });
        return await get(...args) as never;
      };
      using watcher = one.watch("a/", { after: 0 });
      const row = await one.transact(["a/1"], (transaction) => {
        runs++;
        return transaction.put("a/1", (r) => valueOf(r, { data: "one" }));
      });
      assert.deepEqual([runs, row.revision], [1, 1]);
      assert.deepEqual((await readUpTo(watcher, 2)).map(tell), [
        [1, "a/1", "one", undefined],
        [2, "a/2", "two", undefined],
      ]);
      assert.equal((await put(one, "a/3")).revision, 3);
    },
  },
  {
    name:
      "transact() takes no revision that the other gave to rows in its memory",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await bench.share();
      await using one = await bench.open();
      await using two = await bench.open();
      await put(one, "leases/n/1", { volatile: true });
      for (let i = 0; i < 5; i++) await put(one, "leases/n/1");
      const used = one.revision;
      const { revision } = await put(two, "a/1");
      assert.ok(revision > used);
      assert.ok((await put(one, "a/2")).revision > revision);
    },
  },
  {
    name:
      "transact() gives up when the other has dropped the log that it would need",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await bench.share();
      await using one = await bench.open();
      await using two = await bench.open({ logBoundRows: 5 });
      for (let i = 0; i < 30; i++) await put(two, "a/1");
      await assert.rejects(put(one, "a/2"), /Can not catch up/);
      await assert.rejects(put(one, "a/2"), StoreFailedError);
    },
  },
];

/** A bench whose stores stand on faulty KVs. `faulty` is that of the last store. */
async function faultyBench(
  backing: Backing,
): Promise<{ bench: Bench; faulty(): FaultyKv }> {
  let last: FaultyKv | undefined;
  const bench = await Bench.make(backing, (kv) => {
    last = new FaultyKv(kv);
    return last;
  });
  return { bench, faulty: () => last! };
}

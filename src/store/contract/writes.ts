/**
 * Contract: transactions, their order and their durability.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Row, StoreClosedError } from "../store.ts";
import {
  Bench,
  dataOf,
  put,
  readUpTo,
  remove,
  stateOf,
  turn,
  valueOf,
} from "./database.ts";
import { FaultyKv, Gate } from "./faulty_kv.ts";
import type { Case } from "./case.ts";

/** The cases. */
export const WRITES: readonly Case[] = [
  {
    name:
      "transact() gives each write a revision of its own, greater than all before",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      const rows = await store.transact(["a/1", "a/2"], (transaction) => [
        transaction.put("a/1", (revision) => valueOf(revision, {})),
        transaction.put("a/2", (revision) => valueOf(revision, {})),
        transaction.put("a/1", (revision) => valueOf(revision, {})),
      ]);
      assert.deepEqual(rows.map((row) => row.revision), [1, 2, 3]);
      for (const row of rows) {
        assert.equal(JSON.parse(row.text).revision, row.revision);
      }
      assert.equal(await remove(store, "a/2"), 4);
      assert.equal(store.revision, 4);
      assert.deepEqual(Object.keys(stateOf(store, "a/")), ["a/1"]);
    },
  },
  {
    name: "transact() sees what it wrote itself, and only keys that were named",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      await store.transact(["a/1"], (transaction) => {
        assert.equal(transaction.get("a/1"), undefined);
        transaction.put("a/1", () => ({ text: "new" }));
        assert.equal(transaction.get("a/1")?.text, "new");
        transaction.delete("a/1");
        assert.equal(transaction.get("a/1"), undefined);
        assert.throws(() => transaction.delete("a/1"), /not there/);
        assert.throws(() => transaction.get("a/2"), /not named/);
      });
      assert.equal(store.get("a/1"), undefined);
    },
  },
  {
    name:
      "transact() lists what is committed, what is on its way and what it wrote itself",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      await Promise.all(
        ["a/1", "a/2", "a/4", "ab/1"].map((key) => put(store, key)),
      );
      const ahead = [put(store, "a/3"), remove(store, "a/2")];
      assert.deepEqual(store.list("a/").rows.length, 3);
      const seen = await store.transact(["a/0", "a/4"], (transaction) => {
        const before = transaction.list("a/").map(({ key }) => key);
        transaction.put("a/0", () => ({ text: "" }));
        transaction.delete("a/4");
        return [before, transaction.list("a/").map(({ key }) => key)];
      });
      assert.deepEqual(seen, [["a/1", "a/3", "a/4"], ["a/0", "a/1", "a/3"]]);
      assert.deepEqual(store.list("a/").rows.map(({ key }) => key), seen[1]);
      await Promise.all(ahead);
    },
  },
  {
    name: "transact() refuses another inside of its function",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      let inner: Promise<unknown> | undefined;
      const row = await store.transact(["a/1"], (transaction) => {
        inner = put(store, "a/2");
        inner.catch(() => {});
        return transaction.put("a/1", () => ({ text: "" }));
      });
      await assert.rejects(inner!, /inside/);
      assert.deepEqual([row.revision, store.revision], [1, 1]);
    },
  },
  {
    name:
      "transact() writes nothing when its function throws, and leaves the group alone",
    async run(backing) {
      const kvs: FaultyKv[] = [];
      await using bench = await Bench.make(backing, (kv) => {
        kvs.push(new FaultyKv(kv));
        return kvs[0]!;
      });
      await using store = await bench.open();
      const first = put(store, "a/1", { data: "1" });
      const refused = store.transact(["a/2"], (transaction) => {
        transaction.put("a/2", () => ({ text: "never" }));
        throw new Error("Quota exceeded");
      });
      const last = put(store, "a/3", { data: "3" });
      await assert.rejects(refused, /Quota exceeded/);
      assert.deepEqual([(await first).revision, (await last).revision], [1, 2]);
      assert.deepEqual(Object.keys(stateOf(store, "a/")), ["a/1", "a/3"]);
      assert.equal(kvs[0]!.commits, 1);
    },
  },
  {
    name:
      "transact() shows nothing to anybody and answers nobody before the commit",
    async run(backing) {
      const gate = new Gate();
      await using bench = await Bench.make(backing, (kv) => {
        const faulty = new FaultyKv(kv);
        faulty.before = () => gate.opened;
        return faulty;
      });
      await using store = await bench.open();
      using watcher = store.watch("a/", { after: 0 });
      const heard: string[] = [];
      const writing = put(store, "a/1", { data: "x" });
      const all = [
        writing.then(() => heard.push("answer")),
        watcher.read().then(() => heard.push("event")),
        store.waitFor(1).then(() => heard.push("waiter")),
        // A refusal that rests on what is not on disk yet is not true yet either.
        store.transact(["a/1"], (transaction) => {
          if (transaction.get("a/1")) throw new Error("Already there");
        }).catch(() => heard.push("refusal")),
        store.transact(["a/1"], (transaction) => dataOf(transaction.get("a/1")))
          .then((data) => heard.push(`read ${data}`)),
      ];
      for (let i = 0; i < 20; i++) await turn();
      assert.deepEqual(heard, []);
      assert.equal(store.revision, 0);
      assert.equal(store.get("a/1"), undefined);
      assert.deepEqual(store.list("a/").rows, []);
      assert.equal(store.list("a/").revision, 0);
      assert.equal(watcher.revision, 0);
      gate.open();
      await Promise.all(all);
      assert.deepEqual(heard.toSorted(), [
        "answer",
        "event",
        "read x",
        "refusal",
        "waiter",
      ]);
    },
  },
  {
    name: "transact() sees pending writes of others, in one order",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      const count = 200;
      const answers = await Promise.all(
        Array.from(
          { length: count },
          () =>
            store.transact(["a/counter"], (transaction) => {
              const next = Number(
                dataOf(transaction.get("a/counter")) ?? "0",
              ) + 1;
              transaction.put(
                "a/counter",
                (revision) => valueOf(revision, { data: String(next) }),
              );
              return next;
            }),
        ),
      );
      assert.deepEqual(answers, Array.from({ length: count }, (_, i) => i + 1));
      assert.equal(dataOf(store.get("a/counter")), String(count));
    },
  },
  {
    name:
      "transact() sees the newest pending row when an older one of the key is committed",
    async run(backing) {
      const gates = [new Gate(), new Gate()];
      await using bench = await Bench.make(backing, (kv) => {
        const faulty = new FaultyKv(kv);
        faulty.before = () => gates[faulty.commits - 1]?.opened;
        return faulty;
      });
      await using store = await bench.open();
      const first = put(store, "a/1", { data: "first" });
      await turn();
      const second = put(store, "a/1", { data: "second" });
      gates[0]!.open();
      await first;
      assert.equal(dataOf(store.get("a/1")), "first");
      const seen = store.transact(
        ["a/1"],
        (transaction) => dataOf(transaction.get("a/1")),
      );
      gates[1]!.open();
      assert.equal(await seen, "second");
      await second;
    },
  },
  {
    name: "transact() gathers the writes of one moment into few commits",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      await Promise.all(
        Array.from({ length: 64 }, (_, i) => put(store, `a/${i}`)),
      );
      assert.equal(store.stats().writes, 64);
      assert.equal(store.stats().commits, 1);
    },
  },
  {
    name:
      "transact() keeps to the KV's limits when very many or large writes gather",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open({ logBoundRows: 500 });
      const longName = "n".repeat(1500);
      const writes = [
        ...Array.from({ length: 2500 }, (_, i) => `a/${i}`),
        ...Array.from({ length: 100 }, (_, i) => `long/${longName}${i}`),
      ];
      await Promise.all(writes.map((key) => put(store, key, { data: key })));
      const large = "é".repeat(20_000); // 40,000 bytes of UTF-8
      await Promise.all(
        Array.from(
          { length: 60 },
          (_, i) => put(store, `large/${i}`, { data: large }),
        ),
      );
      // Again, so that the log holds large previous rows and drops large entries.
      await Promise.all(
        Array.from(
          { length: 60 },
          (_, i) => put(store, `large/${i}`, { data: `${large}${i}` }),
        ),
      );
      const before = {
        a: stateOf(store, "a/"),
        long: stateOf(store, "long/"),
        large: stateOf(store, "large/"),
      };
      assert.equal(Object.keys(before.a).length, 2500);
      assert.equal(Object.keys(before.long).length, 100);
      assert.equal(Object.keys(before.large).length, 60);
      await store.close();
      await using again = await bench.open();
      assert.deepEqual({
        a: stateOf(again, "a/"),
        long: stateOf(again, "long/"),
        large: stateOf(again, "large/"),
      }, before);
    },
  },
  {
    name: "transact() refuses what no commit has room for, and goes on",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      const keys = Array.from({ length: 1000 }, (_, i) => `a/${i}`);
      await assert.rejects(
        store.transact(keys, (transaction) => {
          for (const key of keys) transaction.put(key, () => ({ text: "" }));
        }),
        RangeError,
      );
      await assert.rejects(put(store, `a/${"x".repeat(2001)}`), RangeError);
      for (const key of ["", "a/", "a/\0", "a/\ud800"]) {
        await assert.rejects(put(store, key), RangeError);
      }
      assert.equal((await put(store, "a/1")).revision, 1);
    },
  },
  {
    name:
      "transact() stores objects of 1.5 MiB, and frees what is replaced when the log lets go of it",
    async run(backing) {
      await using bench = await Bench.make(backing);
      const megabyte = 1024 * 1024;
      const large = (seed: number) => noise(1.5 * megabyte, seed);
      {
        await using store = await bench.open({ logBoundRows: 2 });
        using watcher = store.watch("a/", { after: 0 });
        await put(store, "a/1", { data: large(1) });
        await put(store, "a/1", { data: large(2) });
        const events = await readUpTo(watcher, 2);
        assert.equal(dataOf(events[1]!.previous), large(1));
        assert.equal(dataOf(store.get("a/1")), large(2));
      }
      {
        await using store = await bench.open({ logBoundRows: 2 });
        assert.equal(dataOf(store.get("a/1")), large(2));
        using watcher = store.watch("a/", { after: 1 });
        const [event] = await readUpTo(watcher, 2);
        assert.equal(dataOf(event!.previous), large(1));
        assert.equal(dataOf(event!.row), large(2));
        await remove(store, "a/1");
        for (let i = 0; i < 4; i++) await put(store, "a/2");
      }
      const kv = await bench.openKv();
      let chunks = 0;
      for await (const _ of kv.list({ prefix: ["chunk"] })) chunks++;
      kv.close();
      assert.equal(chunks, 0);
    },
  },
  {
    name: "transact() keeps the log to its bound of bytes, chunks counted",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open({ logBoundBytes: 1_000_000 });
      for (let i = 0; i < 12; i++) {
        await put(store, "a/1", { data: noise(400_000, i) });
      }
      const kv = await bench.openKv();
      let bytes = 0;
      for await (const { value } of kv.list({ prefix: ["chunk"] })) {
        bytes += (value as Uint8Array).length;
      }
      kv.close();
      // The row itself and what the log may hold, but not twelve versions.
      assert.ok(bytes > 500_000 && bytes < 1_400_000, `${bytes} bytes`);
      using watcher = store.watch("a/", {
        after: store.stats().oldestRevision,
      });
      assert.ok((await readUpTo(watcher, 12)).length >= 2);
    },
  },
  {
    name: "transact() is refused after close(), which waits for what was begun",
    async run(backing) {
      await using bench = await Bench.make(backing);
      const store = await bench.open();
      using watcher = store.watch("a/", { after: 0 });
      const writing = put(store, "a/1");
      const row: Row | undefined = await Promise.race([
        Promise.all([store.close(), store.close()]).then(() => undefined),
        writing,
      ]);
      assert.equal(row?.revision, 1, "closed before the write was answered");
      await assert.rejects(put(store, "a/2"), StoreClosedError);
      await assert.rejects(store.waitFor(9), StoreClosedError);
      assert.equal(await watcher.read(), "closed");
      await Promise.all([store.close(), store.close()]);
      await using again = await bench.open();
      assert.deepEqual(Object.keys(stateOf(again, "a/")), ["a/1"]);
    },
  },
];

/** Text that does not compress to much less than itself. */
function noise(length: number, seed: number): string {
  let state = seed;
  let text = "";
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, length);
}

/**
 * Contract: what a store finds when it is opened again.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Case } from "./case.ts";
import { ExpiredError, StoreCorruptError } from "../store.ts";
import {
  Bench,
  dataOf,
  put,
  readUpTo,
  remove,
  stateOf,
  tell,
} from "./database.ts";

/** The cases. */
export const RESTARTS: readonly Case[] = [
  {
    name: "openStore() finds rows, labels, fields and revisions again",
    async run(backing) {
      await using bench = await Bench.make(backing);
      const wish = {
        data: "ä \u0000 \ud83d\ude00 \n",
        labels: { app: "web" },
        fields: { "spec.nodeName": "n1", long: "\n".repeat(100_000) },
      };
      {
        await using store = await bench.open();
        await put(store, "a/1", wish);
        await put(store, "a/2");
        await remove(store, "a/2");
      }
      await using store = await bench.open();
      assert.equal(store.revision, 3);
      const row = store.get("a/1")!;
      assert.equal(dataOf(row), wish.data);
      assert.deepEqual(row.labels, wish.labels);
      assert.deepEqual(row.fields, wish.fields);
      assert.equal(row.revision, 1);
      assert.equal(store.get("a/2"), undefined);
      assert.equal((await put(store, "a/3")).revision, 4);
    },
  },
  {
    name: "watch() resumes from the log after a restart, with the rows before",
    async run(backing) {
      await using bench = await Bench.make(backing);
      {
        await using store = await bench.open();
        await put(store, "a/1", { data: "1" });
        await put(store, "b/1", { data: "2" });
        await put(store, "a/1", { data: "3" });
        await remove(store, "a/1");
        await put(store, "a/2", { data: "5" });
      }
      await using store = await bench.open();
      await put(store, "a/2", { data: "6" });
      using watcher = store.watch("a/", { after: 1 });
      assert.deepEqual((await readUpTo(watcher, 6)).map(tell), [
        [3, "a/1", "3", "1"],
        [4, "a/1", undefined, "3"],
        [5, "a/2", "5", undefined],
        [6, "a/2", "6", "5"],
      ]);
      await put(store, "a/1", { data: "7" });
      assert.deepEqual((await readUpTo(watcher, 7)).map(tell), [
        [7, "a/1", "7", undefined],
      ]);
    },
  },
  {
    name:
      "watch() of many at once resumes each from its own revision after a restart",
    async run(backing) {
      await using bench = await Bench.make(backing);
      const count = 300;
      {
        await using store = await bench.open();
        await Promise.all(
          Array.from(
            { length: count },
            (_, i) => put(store, `a/${i % 11}`, { data: `${i + 1}` }),
          ),
        );
      }
      await using store = await bench.open();
      const afters = Array.from({ length: 40 }, (_, i) => (i * 37) % count);
      const all = Promise.all(afters.map(async (after) => {
        using watcher = store.watch("a/", { after });
        return (await readUpTo(watcher, count)).map(tell);
      }));
      await put(store, "a/0", { data: "new" });
      for (const [i, events] of (await all).entries()) {
        const upToCount = events.filter(([revision]) =>
          Number(revision) <= count
        );
        assert.deepEqual(
          upToCount,
          Array.from({ length: count - afters[i]! }, (_, j) => {
            const revision = afters[i]! + j + 1;
            const before = revision > 11 ? `${revision - 11}` : undefined;
            return [
              revision,
              `a/${(revision - 1) % 11}`,
              `${revision}`,
              before,
            ];
          }),
        );
      }
    },
  },
  {
    name:
      "put() with volatile writes nothing to the disk, takes revisions and tells watchers",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      using watcher = store.watch("leases/", { after: 0 });
      await put(store, "leases/n/1", { data: "1", volatile: true });
      const { commits } = store.stats();
      for (let i = 2; i <= 1000; i++) {
        // Volatile for as long as it exists, whatever a later write says.
        await put(store, "leases/n/1", { data: `${i}` });
      }
      assert.equal(await remove(store, "leases/n/1"), 1001);
      assert.equal(store.stats().commits, commits);
      assert.equal(store.stats().writes, 0);
      const events = await readUpTo(watcher, 1001);
      assert.deepEqual(
        events.map((event) => event.revision),
        Array.from({ length: 1001 }, (_, i) => i + 1),
      );
      const row = await put(store, "leases/n/1", { data: "durable" });
      assert.equal(row.revision, 1002);
      assert.equal(store.stats().writes, 1);
    },
  },
  {
    name: "put() with volatile leaves a durable row durable",
    async run(backing) {
      await using bench = await Bench.make(backing);
      {
        await using store = await bench.open();
        await put(store, "a/1", { data: "1" });
        await put(store, "a/1", { data: "2", volatile: true });
        await put(store, "a/2");
        await remove(store, "a/2");
        await put(store, "a/2", { volatile: true });
      }
      await using store = await bench.open();
      assert.equal(dataOf(store.get("a/1")), "2");
      assert.equal(store.get("a/2"), undefined);
    },
  },
  {
    name:
      "put() with volatile keeps the order with durable writes of the same moment",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      using watcher = store.watch("a/", { after: 0 });
      await put(store, "a/v", { volatile: true });
      const answers: number[] = [];
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const volatile = i % 3 === 0;
          const key = volatile ? "a/v" : "a/d";
          answers.push((await put(store, key, { volatile })).revision);
          assert.ok(store.revision >= answers.at(-1)!);
        }),
      );
      const revisions = Array.from({ length: 50 }, (_, i) => i + 2);
      assert.deepEqual(answers, revisions);
      assert.deepEqual(
        (await readUpTo(watcher, 51)).map((event) => event.revision),
        [1, ...revisions],
      );
    },
  },
  {
    name:
      "openStore() never uses a revision again, not even of volatile rows, and forgets these",
    async run(backing) {
      await using bench = await Bench.make(backing);
      let last = 0;
      for (let start = 0; start < 5; start++) {
        await using store = await bench.open({ ceilingStep: 10 });
        assert.ok(store.revision >= last);
        assert.equal(store.get("a/v/1"), undefined);
        for (let i = 0; i < 7 * start; i++) {
          const { revision } = await put(store, "a/v/1", { volatile: true });
          assert.ok(revision > last);
          last = revision;
        }
        const { revision } = await put(store, "a/d/1", { data: `${start}` });
        assert.ok(revision > last);
        last = revision;
        await put(store, "a/v/2", { volatile: true });
        last = store.revision;
      }
    },
  },
  {
    name:
      "watch() of volatile rows does not resume over a restart, of others it does",
    async run(backing) {
      await using bench = await Bench.make(backing);
      {
        await using store = await bench.open();
        await put(store, "leases/n/1", { volatile: true });
        await put(store, "leases/other/1");
        await put(store, "a/1");
      }
      await using store = await bench.open();
      const now = store.revision;
      for (const prefix of ["leases/", "leases/n/", "leases/n/1"]) {
        assert.throws(() => store.watch(prefix, { after: 1 }), ExpiredError);
        store.watch(prefix, { after: now }).close();
      }
      using other = store.watch("leases/other/", { after: 1 });
      assert.deepEqual(
        (await readUpTo(other, now)).map((event) => event.revision),
        [2],
      );
      await put(store, "leases/n/1", { volatile: true });
      using again = store.watch("leases/", { after: now });
      assert.deepEqual(
        (await readUpTo(again, now + 1)).map((event) => event.revision),
        [now + 1],
      );
    },
  },
  {
    name:
      "put() with volatile keeps its promises over a crash, with nothing else written",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await bench.share(); // the first store crashes: it is never closed before the second opens
      await using first = await bench.open({ ceilingStep: 10 });
      await put(first, "leases/n/1", { volatile: true });
      for (let i = 0; i < 35; i++) await put(first, "leases/n/1");
      const { commits } = first.stats();
      assert.ok(commits >= 4 && commits <= 8, `${commits} commits`);
      await put(first, "leases/m/1", { volatile: true });
      await using second = await bench.open({ ceilingStep: 10 });
      assert.ok(second.revision >= first.revision);
      for (const prefix of ["leases/n/", "leases/m/"]) {
        assert.throws(() => second.watch(prefix, { after: 5 }), ExpiredError);
      }
    },
  },
  {
    name:
      "watch() from the log does not mix up a durable row with a volatile one that took its key later",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open({ ringBoundEvents: 3 });
      await put(store, "a/x/1", { data: "durable" });
      await remove(store, "a/x/1");
      await put(store, "a/x/1", { data: "volatile", volatile: true });
      for (let i = 0; i < 6; i++) await put(store, "a/y/1");
      // Events of the volatile row are gone from memory, so its folder can not be resumed. The log of the other still can.
      assert.throws(() => store.watch("a/x/", { after: 0 }), ExpiredError);
      using watcher = store.watch("a/y/", { after: 0 });
      assert.equal((await readUpTo(watcher, 9)).length, 6);
    },
  },
  {
    name: "watch() of volatile rows says expired when memory is past a reader",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open({ ringBoundEvents: 10 });
      await put(store, "leases/n/1", { volatile: true });
      for (let i = 0; i < 30; i++) await put(store, "leases/n/1");
      await put(store, "leases/m/1");
      assert.throws(() => store.watch("leases/n/", { after: 5 }), ExpiredError);
      using other = store.watch("leases/m/", { after: 5 });
      assert.equal((await readUpTo(other, 32)).length, 1);
      using near = store.watch("leases/n/", { after: 25 });
      assert.equal((await readUpTo(near, 32)).length, 6);
    },
  },
  {
    name: "openStore() drops the oldest log entries of earlier starts too",
    async run(backing) {
      await using bench = await Bench.make(backing);
      for (let start = 0; start < 4; start++) {
        await using store = await bench.open({ logBoundRows: 25 });
        for (let i = 0; i < 15; i++) await put(store, `a/${i}`);
      }
      const kv = await bench.openKv();
      const revisions: unknown[] = [];
      for await (const { key } of kv.list({ prefix: ["log"] })) {
        revisions.push(key[1]);
      }
      kv.close();
      assert.deepEqual(
        revisions,
        Array.from({ length: 25 }, (_, i) => 36 + i),
      );
    },
  },
  {
    name:
      "openStore() sweeps chunks of writes that came to nothing, and no others",
    async run(backing) {
      await using bench = await Bench.make(backing);
      const large = Array.from({ length: 40_000 }, (_, i) => i * 7919).join("");
      {
        await using store = await bench.open();
        await put(store, "a/1", { data: large });
        await put(store, "a/1", { data: `${large}2` });
      }
      const count = async () => {
        const kv = await bench.openKv();
        let chunks = 0;
        for await (const _ of kv.list({ prefix: ["chunk"] })) chunks++;
        kv.close();
        return chunks;
      };
      const own = await count();
      assert.ok(own > 2);
      {
        const kv = await bench.openKv();
        await kv.atomic().set(["chunk", 3, "dead-0", 0], new Uint8Array(9))
          .commit();
        kv.close();
      }
      await using store = await bench.open();
      assert.equal(await count(), own);
      assert.equal(dataOf(store.get("a/1")), `${large}2`);
      using watcher = store.watch("a/", { after: 0 });
      const events = await readUpTo(watcher, 2);
      assert.equal(dataOf(events[1]!.previous), large);
    },
  },
  {
    name:
      "openStore() refuses damaged data with what is wrong, and changes nothing",
    async run(backing) {
      const bytes = (text: string) => new TextEncoder().encode(text);
      const damages: [Deno.KvKey, unknown, RegExp][] = [
        [["head"], "nonsense", /head is not a record/],
        [["head"], { format: 2 }, /format is 2, this program knows 1/],
        [["head"], { format: 1, revision: -1 }, /head is incomplete/],
        [["head"], undefined, /log but no head/],
        [["row", "a/1"], "text", /row "a\/1" is not bytes/],
        [["row", "a/1"], bytes("no header"), /row "a\/1" has no header/],
        [["row", "a/1"], bytes("{\n"), /row "a\/1" has an unreadable header/],
        [["row", "a/1"], bytes("{}\n{}"), /row "a\/1" has no revision/],
        [["row", "a/1"], bytes('{"r":99}\n{}'), /is of revision 99/],
        [["log", 99], bytes('{"p":2,"g":"x","e":[]}\n'), /log ends with/],
      ];
      for (const [key, value, message] of damages) {
        await using bench = await Bench.make(backing);
        {
          await using store = await bench.open();
          await put(store, "a/1");
          await put(store, "a/2");
        }
        const kv = await bench.openKv();
        const atomic = kv.atomic();
        await (value === undefined
          ? atomic.delete(key)
          : atomic.set(key, value))
          .commit();
        const before = await everything(kv);
        await assert.rejects(bench.open(), (error) => {
          assert.ok(error instanceof StoreCorruptError);
          assert.match(error.message, message);
          return true;
        });
        assert.deepEqual(await everything(kv), before);
        kv.close();
      }
    },
  },
  {
    name: "watch() says so when the log does not lead to the rows",
    async run(backing) {
      await using bench = await Bench.make(backing);
      {
        await using store = await bench.open();
        for (let i = 0; i < 3; i++) await put(store, "a/1");
        for (let i = 0; i < 3; i++) await put(store, `b/${i}`);
      }
      const kv = await bench.openKv();
      await kv.atomic().delete(["log", 2]).delete(["log", 5]).commit();
      kv.close();
      await using store = await bench.open();
      using rows = store.watch("a/", { after: 0 });
      await assert.rejects(rows.read(), StoreCorruptError);
      using hole = store.watch("b/", { after: 3 });
      await assert.rejects(
        hole.read(),
        /follows 5, but the one before it is 4/,
      );
      assert.equal(Object.keys(stateOf(store, "a/")).length, 1);
    },
  },
];

async function everything(kv: Pick<Deno.Kv, "list">): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const entry of kv.list({ prefix: [] })) all.push(entry);
  return all;
}

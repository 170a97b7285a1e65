/**
 * Contract: watchers get every event after their revision once and in order, or are told that they can not.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Case } from "./case.ts";
import { ExpiredError, FutureRevisionError } from "../store.ts";
import { Bench, put, readUpTo, remove, tell, turn } from "./database.ts";
import { QUEUE_EVENTS, READ_EVENTS } from "../cursor.ts";
import { FaultyKv, Gate } from "./faulty_kv.ts";
import { HOLD_MS } from "../bucket.ts";

/** The cases. */
export const WATCHES: readonly Case[] = [
  {
    name: "watch() tells creation, change and deletion with the row before",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      using watcher = store.watch("a/", { after: 0 });
      await put(store, "a/1", { data: "x" });
      await put(store, "a/1", { data: "y" });
      await remove(store, "a/1");
      await put(store, "a/1", { data: "z" });
      assert.deepEqual((await readUpTo(watcher, 4)).map(tell), [
        [1, "a/1", "x", undefined],
        [2, "a/1", "y", "x"],
        [3, "a/1", undefined, "y"],
        [4, "a/1", "z", undefined],
      ]);
    },
  },
  {
    name: "watch() tells only what is below its prefix, or its one key",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      using folder = store.watch("a/b/", { after: 0 });
      using key = store.watch("a/b/1", { after: 0 });
      using other = store.watch("b/", { after: 0 });
      for (const name of ["a/b/1", "a/b/10", "a/bc/1", "a/b/1/2", "a/b/1"]) {
        await put(store, name);
      }
      const keys = async (watcher: typeof folder) =>
        (await readUpTo(watcher, 5)).map((event) => event.key);
      assert.deepEqual(
        await keys(folder),
        ["a/b/1", "a/b/10", "a/b/1/2", "a/b/1"],
      );
      assert.deepEqual(await keys(key), ["a/b/1", "a/b/1"]);
      using lateKey = store.watch("a/b/1", { after: 0 });
      assert.deepEqual(await keys(lateKey), ["a/b/1", "a/b/1"]);
      assert.deepEqual(await keys(other), []);
      assert.equal(other.revision, 5);
    },
  },
  {
    name: "watch() resumes after any revision that is kept",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      const expected: unknown[][] = [];
      for (let i = 1; i <= 20; i++) {
        await put(store, `a/${i % 3}`, { data: `${i}` });
        expected.push([
          i,
          `a/${i % 3}`,
          `${i}`,
          i > 3 ? `${i - 3}` : undefined,
        ]);
      }
      for (let after = 0; after <= 20; after++) {
        using watcher = store.watch("a/", { after });
        assert.deepEqual(
          (await readUpTo(watcher, 20)).map(tell),
          expected.slice(after),
        );
      }
      assert.throws(
        () => store.watch("a/", { after: 21 }),
        FutureRevisionError,
      );
    },
  },
  {
    name:
      "watch() with a field tells of objects that enter, stay in or leave the value",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      const field = { name: "spec.nodeName", value: "n1" };
      const on = (node: string) => ({ fields: { "spec.nodeName": node } });
      const write = async () => {
        await put(store, "pods/1", { ...on(""), data: "pending" });
        await put(store, "pods/2", { ...on("n2"), data: "elsewhere" });
        await put(store, "pods/1", { ...on("n1"), data: "enters" });
        await put(store, "pods/1", { ...on("n1"), data: "stays" });
        await put(store, "pods/2", { ...on("n2"), data: "elsewhere" });
        await put(store, "pods/1", { ...on("n3"), data: "leaves" });
        await put(store, "pods/1", { ...on("n3"), data: "gone" });
        await put(store, "pods/3", { ...on("n1"), data: "begins" });
        await remove(store, "pods/3");
        await put(store, "pods/4", { data: "has no fields" });
      };
      const expected = [
        [3, "pods/1", "enters", "pending"],
        [4, "pods/1", "stays", "enters"],
        [6, "pods/1", "leaves", "stays"],
        [8, "pods/3", "begins", undefined],
        [9, "pods/3", undefined, "begins"],
      ];
      using live = store.watch("pods/", { after: 0, field });
      await write();
      assert.deepEqual((await readUpTo(live, 10)).map(tell), expected);
      using late = store.watch("pods/", { after: 0, field });
      assert.deepEqual((await readUpTo(late, 10)).map(tell), expected);
      assert.equal(late.revision, 10);
    },
  },
  {
    name: "watch() gives all watchers the same event objects",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      using one = store.watch("a/", { after: 0 });
      using other = store.watch("a/1", { after: 0 });
      await put(store, "a/1");
      using late = store.watch("a/", { after: 0 });
      const [a] = await readUpTo(one, 1);
      assert.equal((await readUpTo(other, 1))[0], a);
      assert.equal((await readUpTo(late, 1))[0], a);
    },
  },
  {
    name:
      "watch() of a slow reader loses nothing while memory or log has it, and costs others nothing",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open({ ringBoundEvents: 50 });
      using slow = store.watch("a/", { after: 0 });
      using fast = store.watch("a/", { after: 0 });
      const count = QUEUE_EVENTS + 500;
      const read: number[] = [];
      const reading = (async () => {
        while (read.length < count) {
          const events = await fast.read();
          if (typeof events === "string") throw new Error(events);
          read.push(...events.map((event) => event.revision));
        }
      })();
      await Promise.all(
        Array.from({ length: count }, (_, i) => put(store, `a/${i % 7}`)),
      );
      await reading;
      const revisions = Array.from({ length: count }, (_, i) => i + 1);
      assert.deepEqual(read, revisions);
      assert.equal(slow.revision, 0);
      const answer = await slow.read();
      assert.equal(answer.length, READ_EVENTS);
      const rest = await readUpTo(slow, count);
      assert.deepEqual(
        [...answer as typeof rest, ...rest].map((event) => event.revision),
        revisions,
      );
      for (const event of rest) {
        assert.equal(event.previous?.revision, event.revision - 7);
      }
      // What came from the log leaves memory again.
      bench.clock.pass(HOLD_MS + 1);
      assert.throws(() => store.list("a/", { at: count - 51 }), ExpiredError);
      assert.equal(store.list("a/", { at: count - 49 }).rows.length, 7);
      for (let i = 0; i < 3; i++) bench.clock.pass(10 * HOLD_MS);
      assert.equal(bench.clock.timers, 0);
    },
  },
  {
    name: "watch() says expired when memory and log are both past a reader",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open({
        ringBoundEvents: 5,
        logBoundRows: 10,
      });
      using slow = store.watch("a/", { after: 0 });
      let count = QUEUE_EVENTS + 20;
      for (let i = 0; i < 4; i++) {
        await Promise.all(
          Array.from({ length: count / 4 }, () => put(store, "a/1")),
        );
      }
      assert.equal(await slow.read(), "expired");
      assert.equal(await slow.read(), "expired");
      assert.throws(() => store.watch("a/", { after: 1 }), ExpiredError);
      // What a commit adds itself stays, and goes with the next.
      for (let i = 0; i < 3; i++) await put(store, "a/2");
      count += 3;
      const { oldestRevision } = store.stats();
      assert.ok(oldestRevision >= count - 10);
      using last = store.watch("a/", { after: oldestRevision });
      const events = await readUpTo(last, count);
      assert.deepEqual(
        events.map((event) => event.revision),
        Array.from(
          { length: count - oldestRevision },
          (_, i) => oldestRevision + i + 1,
        ),
      );
    },
  },
  {
    name:
      "revision tells that nothing was missed, up to right before the next unread event",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      using watcher = store.watch("a/", { after: 0 });
      for (let i = 0; i < 5; i++) await put(store, "b/1");
      assert.equal(watcher.revision, 5);
      await put(store, "a/1");
      await put(store, "b/1");
      assert.equal(watcher.revision, 5);
      assert.equal((await watcher.read()).length, 1);
      assert.equal(watcher.revision, 7);
    },
  },
  {
    name: "read() says expired when the log is cut while it is being read",
    async run(backing) {
      let faulty: FaultyKv | undefined;
      await using bench = await Bench.make(backing, (kv) => {
        faulty = new FaultyKv(kv);
        return faulty;
      });
      {
        await using store = await bench.open();
        for (let i = 0; i < 20; i++) await put(store, "a/1");
      }
      await using store = await bench.open({ logBoundRows: 10 });
      const gate = new Gate();
      faulty!.beforeList = () => gate.opened;
      using watcher = store.watch("a/", { after: 3 });
      const reading = watcher.read();
      await turn();
      faulty!.beforeList = () => {};
      for (let i = 0; i < 5; i++) await put(store, "a/2");
      assert.ok(store.stats().oldestRevision > 3);
      gate.open();
      assert.equal(await reading, "expired");
      using other = store.watch("a/", { after: 20 });
      assert.equal((await readUpTo(other, 25)).length, 5);
    },
  },
  {
    name: "read() answers closed after close(), also to one who waits",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      const watcher = store.watch("a/", { after: 0 });
      const waiting = watcher.read();
      await assert.rejects(watcher.read(), /twice at once/);
      watcher.close();
      assert.equal(await waiting, "closed");
      assert.equal(await watcher.read(), "closed");
      assert.equal(store.stats().watchers, 0);
      await put(store, "a/1");
      assert.equal(await watcher.read(), "closed");
    },
  },
  {
    name:
      "read() answers closed when the store closes while the log is being read",
    async run(backing) {
      let faulty: FaultyKv | undefined;
      await using bench = await Bench.make(backing, (kv) => {
        faulty = new FaultyKv(kv);
        return faulty;
      });
      {
        await using store = await bench.open();
        await put(store, "a/1");
      }
      const store = await bench.open();
      const gate = new Gate();
      faulty!.beforeList = () => gate.opened;
      const reading = store.watch("a/", { after: 0 }).read();
      await turn();
      await store.close();
      gate.open();
      assert.equal(await reading, "closed");
    },
  },
  {
    name:
      "waitFor() resolves when its revision is committed, or rejects with the signal's reason",
    async run(backing) {
      await using bench = await Bench.make(backing);
      await using store = await bench.open();
      const abort = new AbortController();
      const never = store.waitFor(5, abort.signal);
      const second = store.waitFor(2);
      await put(store, "a/1");
      await put(store, "a/1");
      await second;
      await store.waitFor(1);
      abort.abort(new Error("Too long"));
      await assert.rejects(never, /Too long/);
      await assert.rejects(store.waitFor(5, abort.signal), /Too long/);
    },
  },
];

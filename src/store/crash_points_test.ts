/**
 * The crash test that leaves nothing to chance: the process ends at each single step of the KV, before and after its effect, one run a step.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Host } from "../base/host.ts";
import { makeRealHost } from "../base/real_host.ts";
import { put, readUpTo, remove, TestClock, turn } from "./contract/database.ts";
import { MemoryKv, MemoryKvData } from "./memory_kv.ts";
import { openStore } from "./open.ts";
import type { Revision, StoreEvent } from "./store.ts";

const OPTIONS = { logBoundRows: 14, ringBoundEvents: 4, ceilingStep: 10 };
/** A value that needs chunks: no two digits follow from one another. */
const LARGE = Array.from({ length: 30_000 }, (_, i) => (i * i * 7919) % 9973)
  .join("");

/** What a life was told before it ended. */
interface Told {
  /** Last acknowledged change of a key; no text for a deletion. */
  readonly acks: Map<string, { revision: Revision; text?: string }>;
  readonly events: StoreEvent[];
  /** The highest revision that anybody was told. */
  highest: Revision;
}

/** A database that dies at a step: from then on nothing is answered. */
class MortalKv {
  steps = 0;
  readonly kv: MemoryKv;

  constructor(data: MemoryKvData, dieAt: number) {
    this.kv = new MemoryKv(data, {
      delay: () =>
        this.steps++ < dieAt ? Promise.resolve() : new Promise(() => {}),
    });
  }
}

function hostOf(): Host {
  return { ...makeRealHost({ writeLog: () => {} }), clock: new TestClock() };
}

/** Opens a store, writes of all kinds, follows. Ends when the database dies, or with all written. */
async function live(kv: MemoryKv, told: Told): Promise<void> {
  const store = await openStore(hostOf(), { ...OPTIONS, kv });
  const ack = (key: string, change: { revision: Revision; text?: string }) => {
    told.acks.set(key, change);
    told.highest = Math.max(told.highest, change.revision);
  };
  const follow = async () => {
    const watcher = store.watch("a/", { after: store.revision });
    for (;;) {
      const events = await watcher.read();
      if (typeof events === "string") return;
      told.events.push(...events);
      told.highest = Math.max(told.highest, events.at(-1)!.revision);
    }
  };
  void follow();
  await Promise.all(
    ["a/1", "a/2", "a/3"].map(async (key, i) => {
      for (let n = 0; n < 10; n++) {
        const large = (n + i) % 3 === 0;
        const data = large ? `${LARGE}${key}${n}` : `${key}${n}`;
        const { revision, text } = await put(store, key, { data });
        ack(key, { revision, text });
        await put(store, `v/${key}`, { volatile: true }).then((row) => {
          told.highest = Math.max(told.highest, row.revision);
        });
        if ((n + i) % 4 === 1) {
          ack(key, { revision: await remove(store, key) });
        }
      }
    }),
  );
  for (let n = 0; n < 15; n++) {
    const { revision } = await put(store, "v/beat", { volatile: true });
    told.highest = Math.max(told.highest, revision);
  }
}

/** Opens what a crash left, and holds it against what was told. */
async function check(data: MemoryKvData, told: Told): Promise<void> {
  {
    await using store = await openStore(hostOf(), {
      ...OPTIONS,
      kv: new MemoryKv(data),
    });
    for (const [key, { revision, text }] of told.acks) {
      const row = store.get(key);
      if (text === undefined) {
        assert.ok(row === undefined || row.revision > revision, key);
      } else if (row !== undefined) {
        assert.ok(row.revision >= revision, `${key} went back`);
        if (row.revision === revision) assert.equal(row.text, text);
      }
    }
    const { oldestRevision } = store.stats();
    using watcher = store.watch("a/", { after: oldestRevision });
    const history = await readUpTo(watcher, store.revision);
    const known = new Map(history.map((event) => [event.revision, event]));
    for (const event of told.events) {
      if (event.revision <= oldestRevision) continue;
      const found = known.get(event.revision);
      assert.equal(found?.row?.text, event.row?.text);
      assert.equal(found?.previous?.text, event.previous?.text);
    }
    for (const [key, { revision, text }] of told.acks) {
      if (text !== undefined && store.get(key) === undefined) {
        const deletion = history.findLast((event) => event.key === key);
        assert.ok((deletion?.revision ?? 0) > revision, `${key} is lost`);
      }
    }
    const { revision } = await put(store, "a/after");
    assert.ok(revision > told.highest, `revision ${revision} was used before`);
  }
  // When rows and log have let go of all chunks, none is left over.
  await using store = await openStore(hostOf(), {
    ...OPTIONS,
    kv: new MemoryKv(data),
  });
  for (const { key } of store.list("a/").rows) await remove(store, key);
  for (let i = 0; i < OPTIONS.logBoundRows + 1; i++) await put(store, "b/1");
  assert.deepEqual(chunksOf(data), []);
}

function chunksOf(data: MemoryKvData): unknown[] {
  return data.entries.range({ from: "\x02chunk", to: "\x02d" })
    .map(({ kvKey }) => kvKey);
}

function nothingTold(): Told {
  return { acks: new Map(), events: [], highest: 0 };
}

Deno.test("openStore() finds every acknowledged write when the process ended at any step", async () => {
  const left = new MemoryKvData();
  const whole = new MortalKv(left, Infinity);
  await live(whole.kv, nothingTold());
  assert.ok(whole.steps > 70, `only ${whole.steps} steps`);
  assert.ok(chunksOf(left).length > 0);
  for (let dieAt = 0; dieAt < whole.steps; dieAt++) {
    const data = new MemoryKvData();
    const told = nothingTold();
    void live(new MortalKv(data, dieAt).kv, told);
    await turn();
    await check(data, told);
  }
});

Deno.test("openStore() finds every acknowledged write when the next start ended at any step too", async () => {
  for (const firstDiesAt of [25, 45, 65]) {
    for (let dieAt = 0; dieAt < 40; dieAt++) {
      const data = new MemoryKvData();
      const told = nothingTold();
      void live(new MortalKv(data, firstDiesAt).kv, told);
      await turn();
      void live(new MortalKv(data, dieAt).kv, told);
      await turn();
      await check(data, told);
    }
  }
});

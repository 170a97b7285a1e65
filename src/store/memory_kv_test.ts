import assert from "node:assert/strict";
import fc from "fast-check";
import type { Kv } from "../base/host.ts";
import { MemoryKv, MemoryKvData } from "./memory_kv.ts";

const part = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.string({ unit: "binary", maxLength: 3 }),
  fc.constantFrom("", "a", "a\0", "a\0b", "b"),
  fc.integer({ min: -3, max: 300 }),
  fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
  fc.boolean(),
  fc.uint8Array({ maxLength: 3 }),
);
const key = fc.array(part, { minLength: 1, maxLength: 3 });
const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.uint8Array({ maxLength: 9 }),
  fc.record({ a: fc.integer(), b: fc.array(fc.string()) }),
);

/** Deno KV in memory and ours, which have to do the same. */
async function both(run: (kvs: [Kv, Kv]) => Promise<void>) {
  using deno = await Deno.openKv(":memory:");
  const ours = new MemoryKv();
  await run([deno, ours]);
  ours.close();
}

async function listed(
  kv: Kv,
  selector: Deno.KvListSelector,
  options?: Deno.KvListOptions,
) {
  const entries = [];
  for await (const { key, value } of kv.list(selector, options)) {
    entries.push([key, value]);
  }
  return entries;
}

Deno.test("list() orders all keys and takes the same options as Deno KV", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(key, value), { maxLength: 30 }),
      fc.integer({ min: 1, max: 9 }),
      async (entries, batchSize) => {
        await both(async (kvs) => {
          for (const kv of kvs) {
            const atomic = kv.atomic();
            for (const [k, v] of entries) atomic.set(k, v);
            await atomic.commit();
          }
          const [deno, ours] = kvs;
          const all = await listed(deno, { prefix: [] });
          const prefixes = entries.slice(0, 5).map(([k]) => k.slice(0, 1));
          for (const prefix of [[], ...prefixes]) {
            for (const reverse of [false, true]) {
              const options = { reverse, batchSize };
              assert.deepEqual(
                await listed(ours, { prefix }, options),
                await listed(deno, { prefix }, options),
              );
            }
            assert.deepEqual(
              await listed(ours, { prefix }, { limit: 3, batchSize: 2 }),
              await listed(deno, { prefix }, { limit: 3, batchSize: 2 }),
            );
          }
          if (all.length > 2) {
            const start = all[1]![0] as Deno.KvKey;
            const end = all.at(-1)![0] as Deno.KvKey;
            for (const selector of [{ start, end }, { prefix: [], start }]) {
              assert.deepEqual(
                await listed(ours, selector),
                await listed(deno, selector),
              );
            }
          }
        });
      },
    ),
    { numRuns: 60 },
  ));

Deno.test("list() goes on from a cursor", async () => {
  await both(async (kvs) => {
    for (const kv of kvs) {
      for (let i = 0; i < 5; i++) await kv.atomic().set(["k", i], i).commit();
      for (const reverse of [false, true]) {
        const first = kv.list({ prefix: ["k"] }, { limit: 2, reverse });
        for await (const _ of first);
        const { cursor } = first;
        assert.deepEqual(
          (await listed(kv, { prefix: ["k"] }, { cursor, reverse }))
            .map(([, found]) => found),
          reverse ? [2, 1, 0] : [2, 3, 4],
        );
      }
    }
  });
});

Deno.test("atomic() commits all or nothing, by versionstamps", async () => {
  await both(async (kvs) => {
    for (const kv of kvs) {
      const first = await kv.atomic().check({ key: ["a"], versionstamp: null })
        .set(["a"], 1).set(["b"], 1).commit();
      assert.ok(first.ok);
      const again = await kv.atomic().check({ key: ["a"], versionstamp: null })
        .set(["a"], 2).delete(["b"]).commit();
      assert.equal(again.ok, false);
      assert.equal((await kv.get(["b"])).value, 1);
      const { versionstamp } = await kv.get(["a"]);
      assert.equal(versionstamp, first.versionstamp);
      const second = await kv.atomic().check({ key: ["a"], versionstamp })
        .set(["a"], 2).delete(["b"]).commit();
      assert.ok(second.ok && second.versionstamp > first.versionstamp);
      assert.deepEqual(await kv.get(["b"]), {
        key: ["b"],
        value: null,
        versionstamp: null,
      });
    }
  });
});

Deno.test("atomic() refuses what Deno KV refuses, in the same words", async () => {
  const many =
    (count: number, add: (a: Deno.AtomicOperation, i: number) => void) =>
    (atomic: Deno.AtomicOperation) => {
      for (let i = 0; i < count; i++) add(atomic, i);
    };
  const cases: [string, (atomic: Deno.AtomicOperation) => void, boolean][] = [
    ["value", (a) => a.set(["a"], new Uint8Array(65_536)), true],
    ["large value", (a) => a.set(["a"], new Uint8Array(65_537)), false],
    ["key", (a) => a.set(["a".repeat(2046)], 1), true],
    ["large key", (a) => a.set(["a".repeat(2047)], 1), false],
    ["mutations", many(1000, (a, i) => a.set([i], i)), true],
    ["many mutations", many(1001, (a, i) => a.set([i], i)), false],
    [
      "many checks",
      many(101, (a, i) => a.check({ key: [i], versionstamp: null })),
      false,
    ],
    [
      "many bytes",
      many(13, (a, i) => a.set([i], new Uint8Array(65_000))),
      false,
    ],
  ];
  await both(async (kvs) => {
    for (const [name, fill, taken] of cases) {
      const answers = [];
      for (const kv of kvs) {
        const atomic = kv.atomic();
        fill(atomic);
        answers.push(await atomic.commit().then(() => "ok", (e) => e.message));
      }
      assert.equal(answers[1], answers[0], name);
      assert.equal(answers[0] === "ok", taken, name);
    }
  });
});

Deno.test("watch() tells the newest state of keys after each change", async () => {
  await both(async (kvs) => {
    for (const kv of kvs) {
      const reader = kv.watch([["a"], ["b"]]).getReader();
      const next = async () => (await reader.read()).value!.map((e) => e.value);
      assert.deepEqual(await next(), [null, null]);
      await kv.atomic().set(["a"], 1).commit();
      assert.deepEqual(await next(), [1, null]);
      await kv.atomic().delete(["a"]).set(["b"], 2).commit();
      assert.deepEqual(await next(), [null, 2]);
      await reader.cancel();
    }
  });
});

Deno.test("get() gives a copy, and what outlives the database is its data", async () => {
  const data = new MemoryKvData();
  const kv = new MemoryKv(data);
  const value = { list: [1] };
  await kv.atomic().set(["a"], value).commit();
  value.list.push(2);
  const found = await kv.get<typeof value>(["a"]);
  found.value!.list.push(3);
  kv.close();
  await assert.rejects(kv.get(["a"]), /closed/);
  await assert.rejects(kv.atomic().set(["a"], 1).commit(), /closed/);
  const again = new MemoryKv(data);
  assert.deepEqual((await again.get(["a"])).value, { list: [1] });
});

Deno.test("commit() takes effect between its two waits", async () => {
  const data = new MemoryKvData();
  const waits: (() => void)[] = [];
  const slow = new MemoryKv(data, {
    delay: () => new Promise((resolve) => waits.push(resolve)),
  });
  const kv = new MemoryKv(data);
  const commit = slow.atomic().set(["a"], 1).commit();
  assert.equal((await kv.get(["a"])).value, null);
  waits[0]!();
  assert.equal((await kv.get(["a"])).value, 1);
  waits[1]!();
  assert.ok((await commit).ok);
});

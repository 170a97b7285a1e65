import assert from "node:assert/strict";
import fc from "fast-check";
import { OrderedIndex } from "./index.ts";

interface Item {
  readonly key: string;
  readonly value: number;
}

/** Enough for branches of branches: a leaf has 64 items, a branch 64 children. */
const KEYS = 9000;

function keyOf(i: number): string {
  return `k${String(i).padStart(5, "0")}`;
}

function expectSame(index: OrderedIndex<Item>, model: Map<string, number>) {
  const expected = [...model].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([key, value]) => ({ key, value }));
  assert.deepEqual(index.range({ from: "", to: "\xff" }), expected);
  assert.equal(index.size, expected.length);
  for (let i = 0; i < expected.length; i += 97) {
    const { key, value } = expected[i]!;
    assert.equal(index.get(key)?.value, value);
    assert.equal(index.count({ from: key, to: "\xff" }), expected.length - i);
    assert.equal(index.count({ from: "", to: key }), i);
    assert.deepEqual(
      index.range({ from: key, to: "\xff" }, 5),
      expected.slice(i, i + 5),
    );
  }
}

Deno.test("set() and delete() keep order, counts and snapshots when the tree grows and shrinks in any order", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          delete: fc.boolean(),
          from: fc.nat(KEYS),
          count: fc.integer({ min: 1, max: KEYS / 2 }),
          stride: fc.constantFrom(1, -1, 7, 4001),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      (steps) => {
        const index = new OrderedIndex<Item>();
        const model = new Map<string, number>();
        const snapshots: [OrderedIndex<Item>, Map<string, number>][] = [];
        for (const [value, step] of steps.entries()) {
          for (let i = 0; i < step.count; i++) {
            const place = (step.from + i * step.stride) % KEYS;
            const key = keyOf(place < 0 ? place + KEYS : place);
            if (step.delete) {
              index.delete(key);
              model.delete(key);
            } else {
              index.set({ key, value });
              model.set(key, value);
            }
            if (i % 1500 === 1499) {
              snapshots.push([index.snapshot(), new Map(model)]);
            }
          }
          expectSame(index, model);
        }
        for (const [snapshot, state] of snapshots) expectSame(snapshot, state);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("snapshot() can be changed without showing in what it was taken of", () => {
  const index = new OrderedIndex<Item>();
  for (let i = 0; i < 500; i++) index.set({ key: keyOf(i), value: 1 });
  const copy = index.snapshot();
  for (let i = 0; i < 500; i += 2) copy.delete(keyOf(i));
  for (let i = 1; i < 500; i += 2) copy.set({ key: keyOf(i), value: 2 });
  assert.equal(index.size, 500);
  assert.ok(
    index.range({ from: "", to: "z" }).every(({ value }) => value === 1),
  );
  assert.equal(copy.size, 250);
});

Deno.test("range() and count() are empty when the range is", () => {
  const index = new OrderedIndex<Item>();
  index.set({ key: "b", value: 1 });
  assert.deepEqual(index.range({ from: "c", to: "b" }), []);
  assert.equal(index.count({ from: "c", to: "a" }), 0);
  assert.equal(index.count({ from: "b", to: "b" }), 0);
  assert.equal(index.get("a"), undefined);
  index.delete("a");
  assert.equal(index.size, 1);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { handOf } from "./shuffle_shard.ts";

Deno.test("handOf() deals different queues, the same each time", () => {
  fc.assert(fc.property(
    fc.string(),
    fc.integer({ min: 1, max: 128 }),
    fc.integer({ min: 1, max: 10 }),
    (flow, queues, handSize) => {
      const hand = handOf(flow, { queues, handSize });
      assert.equal(hand.length, Math.min(queues, handSize));
      assert.equal(new Set(hand).size, hand.length);
      assert.ok(hand.every((number) => number >= 0 && number < queues));
      assert.deepEqual(handOf(flow, { queues, handSize }), hand);
    },
  ));
});

Deno.test("handOf() spreads flows over all queues", () => {
  const uses = new Array(64).fill(0);
  for (let i = 0; i < 2_000; i++) {
    for (const n of handOf(`user-${i}`, { queues: 64, handSize: 6 })) uses[n]++;
  }
  // 187.5 each on average.
  assert.ok(Math.min(...uses) > 120);
  assert.ok(Math.max(...uses) < 260);
});

import assert from "node:assert/strict";
import { inGroups } from "./in_groups.ts";

Deno.test("inGroups() keeps the order, and the bound", async () => {
  let running = 0;
  let most = 0;
  const results = await inGroups([3, 1, 2, 0, 4], 2, async (item) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    running--;
    return item * 2;
  });
  assert.deepEqual(results, [6, 2, 4, 0, 8]);
  assert.equal(most, 2);
});

Deno.test("inGroups() fails as the first of its works does", async () => {
  await assert.rejects(
    inGroups([1, 2], 2, (item) => Promise.reject(new Error(`no ${item}`))),
    { message: "no 1" },
  );
  assert.deepEqual(await inGroups([], 2, () => Promise.resolve(1)), []);
});

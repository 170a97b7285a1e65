import assert from "node:assert/strict";
import { Turns } from "./turns.ts";

Deno.test("run() bounds what runs, keeps the order, and skips what nobody wants by then", async () => {
  const turns = new Turns(2);
  const done: number[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  let wanted = true;
  const runs = gates.map((gate, i) =>
    turns.run(async () => {
      await gate.promise;
      done.push(i);
      if (i === 1) throw new Error("failed");
      return i;
    }, () => i !== 3 || wanted)
  );
  await Promise.resolve();
  assert.deepEqual(turns.state(), { running: 2, waiting: 3 });
  wanted = false;
  gates[1]!.resolve();
  await assert.rejects(runs[1]!, /failed/);
  gates[0]!.resolve();
  gates[2]!.resolve();
  gates[4]!.resolve();
  assert.deepEqual(
    await Promise.all([runs[0], runs[2], runs[3], runs[4]]),
    [0, 2, undefined, 4],
  );
  assert.deepEqual(done, [1, 0, 2, 4]);
  assert.deepEqual(turns.state(), { running: 0, waiting: 0 });
});

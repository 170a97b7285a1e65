import assert from "node:assert/strict";
import { Rates } from "./rates.ts";

const SECOND = 1_000_000_000;

Deno.test("add() tells the rate since the older of two looks", () => {
  const rates = new Rates();
  const at = (seconds: number, usageNs: number) =>
    rates.add("a", { atMs: seconds * 1000, usageNs });
  assert.equal(at(0, 0), undefined);
  assert.equal(at(0.5, SECOND), undefined); // too near
  assert.deepEqual(at(1, SECOND), { nanoCores: SECOND, windowMs: 1000 });
  // Asked again at once, the same stretch of time grows a little.
  assert.deepEqual(at(1.25, SECOND), {
    nanoCores: 800_000_000,
    windowMs: 1250,
  });
  assert.deepEqual(at(11, 2 * SECOND), {
    nanoCores: 100_000_000,
    windowMs: 10_000,
  });
});

Deno.test("add() does not take long ago for now, nor one counter for another", () => {
  const rates = new Rates();
  const at = (seconds: number, usageNs: number) =>
    rates.add("a", { atMs: seconds * 1000, usageNs })?.nanoCores;
  at(0, 0);
  assert.equal(at(61, SECOND), undefined);
  assert.equal(at(62, SECOND), 0);
  assert.equal(at(63, SECOND / 2), undefined); // began anew
  assert.equal(at(64, SECOND), SECOND / 2);
  rates.keepOnly(new Set());
  assert.equal(at(65, SECOND), undefined);
});

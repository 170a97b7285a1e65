import assert from "node:assert/strict";
import { goDuration, RestartBackoff } from "./restart_backoff.ts";

const NOON = Date.UTC(2026, 0, 1, 12);

Deno.test("delayMs() is none, 10 s, then doubles to 300 s when a container fails at once each time", () => {
  const backoff = new RestartBackoff();
  const waits: number[] = [];
  let now = 1_700_000_000_000;
  for (let i = 0; i < 8; i++) {
    const endedAt = now;
    const waitMs = backoff.delayMs(endedAt);
    waits.push(waitMs / 1000);
    now += waitMs;
    backoff.restarted(now, endedAt);
  }
  assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
});

Deno.test("delayMs() starts anew when the container ran for more than 10 minutes", () => {
  const backoff = new RestartBackoff();
  const start = 1_700_000_000_000;
  backoff.restarted(start, start);
  backoff.restarted(start + 10_000, start);
  assert.equal(backoff.delayMs(start + 10_000 + 600_000), 20_000);
  assert.equal(backoff.delayMs(start + 10_000 + 600_001), 0);
});

Deno.test("goDuration() prints as Go when given back-off times", () => {
  assert.deepEqual(
    [10_000, 40_000, 80_000, 160_000, 300_000, 3_661_000].map(goDuration),
    ["10s", "40s", "1m20s", "2m40s", "5m0s", "1h1m1s"],
  );
});

Deno.test("leftMs() is never longer than the wait, wherever the clock was set", () => {
  const backoff = new RestartBackoff();
  const hour = 3_600_000;
  // The first restart comes at once, also an hour "before" the end.
  assert.equal(backoff.leftMs(NOON - hour, NOON), 0);
  backoff.restarted(NOON, NOON);
  assert.equal(backoff.leftMs(NOON + 4_000, NOON), 6_000);
  assert.equal(backoff.leftMs(NOON + hour, NOON), 0);
  assert.equal(backoff.leftMs(NOON - hour, NOON), 10_000);
});

import assert from "node:assert/strict";
import { ageOf, humanDuration } from "./duration.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const TABLE: readonly (readonly [number, string])[] = [
  [-2 * SECOND, "<invalid>"],
  [-1 * SECOND, "0s"],
  [999, "0s"],
  [SECOND, "1s"],
  [119 * SECOND, "119s"],
  [120 * SECOND, "2m"],
  [9 * MINUTE + 59 * SECOND, "9m59s"],
  [10 * MINUTE + 1 * SECOND, "10m"],
  [179 * MINUTE, "179m"],
  [3 * HOUR, "3h"],
  [7 * HOUR + 59 * MINUTE, "7h59m"],
  [8 * HOUR + 59 * MINUTE, "8h"],
  [47 * HOUR, "47h"],
  [2 * DAY, "2d"],
  [7 * DAY + 23 * HOUR, "7d23h"],
  [8 * DAY + 23 * HOUR, "8d"],
  [729 * DAY, "729d"],
  [730 * DAY, "2y"],
  [731 * DAY, "2y1d"],
  [8 * 365 * DAY + 3 * DAY, "8y"],
];

for (const [ms, text] of TABLE) {
  Deno.test(`humanDuration() answers ${text} when it is ${ms} ms`, () => {
    assert.equal(humanDuration(ms), text);
  });
}

Deno.test("ageOf() answers <unknown> when there is no time", () => {
  assert.equal(ageOf(undefined, 0), "<unknown>");
  assert.equal(ageOf("1970-01-01T00:00:00Z", 5 * MINUTE), "5m");
});

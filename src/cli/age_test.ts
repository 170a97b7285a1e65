import { strictEqual } from "node:assert/strict";
import { formatAge } from "./age.ts";

Deno.test("formatAge() words durations as kubectl does", () => {
  const cases: [number, string][] = [
    [-1, "0s"],
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [200, "3m20s"],
    [600, "10m"],
    [179 * 60, "179m"],
    [3 * 3600 + 60, "3h1m"],
    [8 * 3600, "8h"],
    [47 * 3600, "47h"],
    [51 * 3600, "2d3h"],
    [9 * 86400, "9d"],
    [800 * 86400, "2y70d"],
  ];
  for (const [seconds, text] of cases) {
    strictEqual(formatAge(seconds * 1000), text, `${seconds} s`);
  }
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { formatMicroTime, formatTime, parseTime } from "./time.ts";

function ms(text: string): number {
  const parsed = parseTime(text);
  assert.ok(typeof parsed !== "string", `${text}: ${parsed}`);
  return parsed.ms;
}

Deno.test("parseTime() reads zones and fractions", () => {
  assert.equal(ms("1970-01-01T00:00:00Z"), 0);
  assert.equal(ms("1970-01-01T01:00:00+01:00"), 0);
  assert.equal(ms("1969-12-31T23:30:00-00:30"), 0);
  assert.equal(ms("1970-01-01T00:00:01.5Z"), 1500);
  assert.equal(ms("0001-01-01T00:00:00Z"), Date.parse("0001-01-01T00:00:00Z"));
});

const WRONG: readonly (readonly [string, string])[] = [
  [
    "yesterday",
    'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
  ],
  [
    "2026-01-02",
    'parsing time "2026-01-02" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"',
  ],
  [
    "2026-13-02T00:00:00Z",
    'parsing time "2026-13-02T00:00:00Z": month out of range',
  ],
  [
    "2026-02-30T00:00:00Z",
    'parsing time "2026-02-30T00:00:00Z": day out of range',
  ],
  [
    "2026-01-02T24:00:00Z",
    'parsing time "2026-01-02T24:00:00Z": hour out of range',
  ],
  [
    "2026-01-02T03:04:05Zx",
    'parsing time "2026-01-02T03:04:05Zx": extra text: "x"',
  ],
];

for (const [text, message] of WRONG) {
  Deno.test(`parseTime() refuses ${text} in Go's words`, () => {
    assert.equal(parseTime(text), message);
  });
}

Deno.test("formatTime() writes whole seconds of UTC and is read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (at) => {
      assert.equal(ms(formatTime(at)), Math.floor(at / 1000) * 1000);
    }),
  );
});

Deno.test("formatMicroTime() keeps the microseconds of its source", () => {
  const text = "2026-01-02T04:04:05.123456789+01:00";
  assert.equal(formatMicroTime(ms(text), text), "2026-01-02T03:04:05.123456Z");
  assert.equal(formatMicroTime(1500), "1970-01-01T00:00:01.500000Z");
});

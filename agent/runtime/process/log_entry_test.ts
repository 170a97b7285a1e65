import assert from "node:assert/strict";
import { parseLogLine } from "./log_entry.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("parseLogLine() answers time, stream, text and whether it goes on", () => {
  assert.deepEqual(
    parseLogLine(bytes("2026-01-31T12:34:56.123456789Z stderr P a  b ")),
    {
      time: Date.parse("2026-01-31T12:34:56.123Z") + 0.456789,
      nanos: 456_789,
      stream: "stderr",
      line: bytes("a  b "),
      partial: true,
    },
  );
});

Deno.test("parseLogLine() answers an empty text when the line is empty", () => {
  const entry = parseLogLine(bytes("2026-01-31T12:34:56.123456789Z stdout F "));
  assert.equal(entry?.line.length, 0);
  assert.equal(entry?.partial, false);
});

for (
  const line of [
    "",
    "2026-01-31T12:34:56.123456789Z",
    "2026-01-31T12:34:56.123456789Z stdout F",
    "2026-01-31T12:34:56.123456789Z stdout X text",
    "2026-01-31T12:34:56.123456789Z other F text",
    "2026-13-31T12:34:56.123456789Z stdout F text",
    "456789Z stdout F the end of a torn line",
  ]
) {
  Deno.test(`parseLogLine() answers undefined when the line is "${line}"`, () => {
    assert.equal(parseLogLine(bytes(line)), undefined);
  });
}

import assert from "node:assert/strict";
import { chunkRange, wantedRange } from "./byte_range.ts";

Deno.test("wantedRange() gives the part, all of it, or none, as RFC 9110 has it", () => {
  const part = (offset: number, length: number) => ({ offset, length });
  for (
    const [header, expected] of [
      [null, "all"],
      ["bytes=0-0", part(0, 1)],
      ["bytes=2-5", part(2, 4)],
      ["bytes=2-", part(2, 8)],
      ["bytes=2-99999999999999999999", part(2, 8)],
      ["bytes=-3", part(7, 3)],
      ["bytes=-30", part(0, 10)],
      ["bytes=-0", "none"],
      ["bytes=10-", "none"],
      ["bytes=5-4", "none"],
      ["bytes=-", "all"],
      ["bytes=0-1,3-4", "all"],
      ["lines=0-1", "all"],
      ["bytes=a-b", "all"],
      ["bytes=-1-2", "all"],
    ] as const
  ) assert.deepEqual(wantedRange(header, 10), expected, String(header));
  assert.equal(wantedRange("bytes=0-", 0), "none");
});

Deno.test("chunkRange() takes what clients write, and nothing that makes no sense", () => {
  assert.equal(chunkRange(null), undefined);
  const four = { offset: 3, length: 4 };
  for (const text of ["3-6", "bytes 3-6/*", "bytes=3-6", "bytes 3-6/7"]) {
    assert.deepEqual(chunkRange(text), four, text);
  }
  for (const text of ["", "-", "6-3", "a-b", "-1-2", "1-", `0-${9e99}`]) {
    assert.equal(chunkRange(text), "invalid", text);
  }
});

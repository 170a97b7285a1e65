import assert from "node:assert/strict";
import { cpuQuantity, memoryQuantity, windowText } from "./usage.ts";

Deno.test("cpuQuantity() and memoryQuantity() write quantities in their shortest exact form", () => {
  assert.deepEqual(
    [0, 1, 1500, 1_500_000, 250_000_000, 2_000_000_000, 12_345_678].map(
      cpuQuantity,
    ),
    ["0", "1n", "1500n", "1500u", "250m", "2", "12345678n"],
  );
  assert.deepEqual(
    [0, 17, 4096, 3 * 1024 ** 2, 1024 ** 3 + 1024].map(memoryQuantity),
    ["0", "17", "4Ki", "3Mi", "1048577Ki"],
  );
});

Deno.test("windowText() writes spans as Go does", () => {
  assert.deepEqual(
    [1006, 10_000, 59_999, 60_000, 60_500].map(windowText),
    ["1.006s", "10s", "59.999s", "1m0s", "1m0.5s"],
  );
});

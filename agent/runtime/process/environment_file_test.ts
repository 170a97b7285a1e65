import assert from "node:assert/strict";
import { environmentFile } from "./environment_file.ts";

Deno.test("environmentFile() refuses what no environment can hold", () => {
  assert.throws(() => environmentFile([["A", "x\0y"]]), /"A": it holds a NUL/);
});

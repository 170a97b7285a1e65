import assert from "node:assert/strict";
import { Threshold } from "./threshold.ts";

Deno.test("add() changes the verdict when enough results came in a row", () => {
  const threshold = new Threshold("success", { success: 2, failure: 3 });
  const verdicts = [
    "failure",
    "failure",
    "success",
    "failure",
    "failure",
    "failure",
    "success",
    "success",
  ].map((result) => threshold.add(result as "success" | "failure"));
  assert.deepEqual(verdicts, [
    "success",
    "success",
    "success",
    "success",
    "success",
    "failure",
    "failure",
    "success",
  ]);
});

Deno.test("add() keeps no verdict when none was given and the threshold is not reached", () => {
  const threshold = new Threshold(undefined, { success: 1, failure: 2 });
  assert.equal(threshold.add("failure"), undefined);
  assert.equal(threshold.add("success"), "success");
});

import assert from "node:assert/strict";
import { expandVariables } from "./expand.ts";

Deno.test("expandVariables() follows Kubernetes when references are escaped, unknown or broken", () => {
  const variables = new Map([["A", "1"], ["B_C", "$(A)"], ["EMPTY", ""]]);
  const table = [
    ["$(A)", "1"],
    ["x$(A)y$(A)", "x1y1"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$(NONE)", "$(NONE)"],
    ["$(B_C)", "$(A)"],
    ["[$(EMPTY)]", "[]"],
    ["$A $ $(", "$A $ $("],
    ["$(A", "$(A"],
    ["$($(A))", "$($(A))"],
  ];
  for (const [text, expanded] of table) {
    assert.equal(expandVariables(text!, variables), expanded, text);
  }
});

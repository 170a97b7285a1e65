import assert from "node:assert/strict";
import { sizeText } from "./size_text.ts";

Deno.test("sizeText() keeps what one can take in", () => {
  assert.equal(sizeText(0), "0 B");
  assert.equal(sizeText(999), "999 B");
  assert.equal(sizeText(1000), "1.0 KB");
  assert.equal(sizeText(12_840_000), "12.8 MB");
  assert.equal(sizeText(385_000_000), "385 MB");
  assert.equal(sizeText(2e15), "2000 TB");
});

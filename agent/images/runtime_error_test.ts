import assert from "node:assert/strict";
import { RuntimeError } from "./runtime_error.ts";

Deno.test("RuntimeError keeps a message short enough for statuses and events", () => {
  const short = "Can not run it: it is no module";
  assert.equal(new RuntimeError("ErrImagePull", short).message, short);
  const long = new RuntimeError("ErrImagePull", `Can not ${"x".repeat(1e7)}`);
  assert.ok(long.message.length < 5_000);
  assert.match(long.message, /^Can not x+…$/);
});

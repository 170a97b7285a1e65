import assert from "node:assert/strict";
import { asError, isAbort, messageOf, Stopped } from "./errors.ts";

Deno.test("messageOf() tells something of whatever was thrown", () => {
  assert.equal(messageOf(new Error("No such file")), "No such file");
  assert.equal(messageOf(new TypeError()), "TypeError");
  assert.equal(messageOf("text"), "text");
  assert.equal(messageOf(undefined), "undefined");
  assert.equal(messageOf(""), "unknown error");
  assert.equal(messageOf(Object.create(null)), "unknown error");
});

Deno.test("asError() keeps an error and wraps anything else", () => {
  const error = new RangeError("x");
  assert.equal(asError(error), error);
  assert.equal(asError("text").message, "text");
});

Deno.test("isAbort() is true for the reasons of orderly stops alone", () => {
  assert.ok(isAbort(new Stopped("shutting down")));
  assert.ok(isAbort(AbortSignal.abort().reason));
  assert.ok(!isAbort(new DOMException("late", "TimeoutError")));
  assert.ok(!isAbort(new Error("x")));
  assert.ok(!isAbort("AbortError"));
});

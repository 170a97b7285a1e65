import assert from "node:assert/strict";
import { Interrupted, unlessInterrupted } from "./interruption.ts";

Deno.test("unlessInterrupted() answers with the work's result when nobody interrupts", async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessInterrupted(Promise.resolve(7), signal), 7);
});

Deno.test("unlessInterrupted() throws at once when it is interrupted, whatever becomes of the work", async () => {
  const controller = new AbortController();
  const work = Promise.withResolvers<never>();
  const waiting = unlessInterrupted(work.promise, controller.signal);
  controller.abort(new Interrupted());
  await assert.rejects(waiting, Interrupted);
  work.reject(new Error("Nobody hears this"));
  await assert.rejects(
    unlessInterrupted(Promise.resolve(7), controller.signal),
    Interrupted,
  );
});

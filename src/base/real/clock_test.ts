import assert from "node:assert/strict";
import { Stopped } from "../errors.ts";
import { RealClock } from "./clock.ts";

const CLOCK = new RealClock();

Deno.test("sleep() resolves after at least its time", async () => {
  const start = CLOCK.monotonicMs();
  await CLOCK.sleep(20);
  assert.ok(CLOCK.monotonicMs() - start >= 19);
});

Deno.test("sleep() rejects with the signal's reason when it aborts, before or while it sleeps", async () => {
  const reason = new Stopped("shutting down");
  await assert.rejects(CLOCK.sleep(1e9, AbortSignal.abort(reason)), reason);
  const abort = new AbortController();
  const sleeping = CLOCK.sleep(1e9, abort.signal);
  abort.abort(reason);
  await assert.rejects(sleeping, reason);
});

Deno.test("after() does not fire at once when its time is longer than setTimeout knows", async () => {
  let fired = false;
  const timer = CLOCK.after(2 ** 31 + 1000, () => fired = true);
  await CLOCK.sleep(5);
  assert.ok(!fired);
  timer.cancel();
});

Deno.test("after() calls once, and not when it is cancelled", async () => {
  let calls = 0;
  const cancelled = CLOCK.after(1, () => calls += 100);
  cancelled.cancel();
  CLOCK.after(1, () => calls++);
  await CLOCK.sleep(30);
  assert.equal(calls, 1);
});

Deno.test("after() lets the program end when nothing else is left", async () => {
  const program = `
    import { RealClock } from ${
    JSON.stringify(import.meta.resolve("./clock.ts"))
  };
    new RealClock().after(600_000, () => {});
    console.log("done");
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", program],
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "done\n");
});

Deno.test("timeout() aborts with a TimeoutError", async () => {
  const signal = CLOCK.timeout(5);
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  assert.equal(signal.reason.name, "TimeoutError");
  assert.ok(!CLOCK.timeout(1e12).aborted);
});

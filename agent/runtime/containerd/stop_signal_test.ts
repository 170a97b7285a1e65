import assert from "node:assert/strict";
import { Signal } from "./gen/cri_pb.ts";
import { criSignal } from "./stop_signal.ts";

Deno.test("criSignal() is the CRI's word for a signal", () => {
  assert.equal(criSignal("SIGUSR1"), Signal.SIGUSR1);
  assert.equal(criSignal("SIGRTMIN+3"), Signal.SIGRTMINPLUS3);
  assert.equal(criSignal("SIGRTMAX-3"), Signal.SIGRTMAXMINUS3);
  assert.equal(criSignal(undefined), Signal.RUNTIME_DEFAULT);
  assert.equal(criSignal("0"), Signal.RUNTIME_DEFAULT);
});

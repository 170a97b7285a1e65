import assert from "node:assert/strict";
import { signalNumber } from "./signal_number.ts";

Deno.test("signalNumber() knows every signal that a pod may name", () => {
  assert.deepEqual(
    ["SIGTERM", "SIGUSR1", "SIGRTMIN", "SIGRTMIN+15", "SIGRTMAX-14", "SIGRTMAX"]
      .map(signalNumber),
    [15, 10, 34, 49, 50, 64],
  );
  assert.equal(signalNumber("SIGNOTHING"), undefined);
});

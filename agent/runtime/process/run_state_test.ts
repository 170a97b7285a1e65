import assert from "node:assert/strict";
import { testWith } from "../../../src/testing/needs.ts";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { formatLost, isRunning, parseRunState } from "./run_state.ts";

Deno.test("parseRunState() reads each kind of state", () => {
  assert.deepEqual(parseRunState("starting   \n"), { kind: "starting" });
  assert.deepEqual(parseRunState("running boot 1000 7 70 6 60    \n"), {
    kind: "running",
    startedAt: 1000,
    process: { pid: 7, startTicks: "70", bootId: "boot" },
    supervisor: { pid: 6, startTicks: "60", bootId: "boot" },
  });
  assert.deepEqual(parseRunState("exited boot 1000 7 70 6 60 137 1\n"), {
    kind: "exited",
    startedAt: 1000,
    code: 137,
    oomKills: 1,
  });
  const lost = {
    kind: "lost",
    startedAt: 1000,
    noticedAt: 2000,
    why: "rebooted",
  } as const;
  assert.deepEqual(parseRunState(formatLost(lost)), lost);
});

for (
  const text of [
    "",
    "\0\0\0\0",
    "running boot 1000 7",
    "exited boot 1000 7 70 6 60",
    "lost 1 2 else",
  ]
) {
  Deno.test(`parseRunState() answers undefined when the text is ${JSON.stringify(text)}`, () => {
    assert.equal(parseRunState(text), undefined);
  });
}

testWith("isRunning() knows a process by number, start and boot", {
  needs: ["linux"],
  fn: async () => {
    using host = makeRealHost();
    const stat = await Deno.readTextFile("/proc/self/stat");
    const startTicks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ??
      "";
    const process = { pid: Deno.pid, startTicks, bootId: "b" };
    assert.equal(await isRunning(host, process, "b"), true);
    assert.equal(await isRunning(host, process, "another boot"), false);
    assert.equal(
      await isRunning(host, { ...process, startTicks: "1" }, "b"),
      false,
    );
    assert.equal(
      await isRunning(host, { ...process, pid: 2 ** 30 }, "b"),
      false,
    );
  },
});

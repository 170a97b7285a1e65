import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { isRunning, markProcess } from "./process_mark.ts";

Deno.test({
  name: "isRunning() knows a process by its start, not by its number alone",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using host = makeRealHost();
    const child = new Deno.Command("sleep", { args: ["1000"] }).spawn();
    const mark = (await markProcess(host.disk, child.pid))!;
    assert.equal(await isRunning(host.disk, mark), true);
    for (const other of [{ startTicks: "1" }, { bootId: "another" }]) {
      assert.equal(await isRunning(host.disk, { ...mark, ...other }), false);
    }
    child.kill("SIGKILL");
    await child.status;
    assert.equal(await isRunning(host.disk, mark), false);
    assert.equal(await markProcess(host.disk, child.pid), undefined);
  },
});

import assert from "node:assert/strict";
import { goArchitecture } from "../elf.ts";
import { pauseProgram } from "./pause_program.ts";

Deno.test({
  name: "pauseProgram() makes a program that sleeps until it is killed",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/pause`;
      const program = pauseProgram(goArchitecture(Deno.build.arch));
      await Deno.writeFile(path, program, { mode: 0o755 });
      const child = new Deno.Command(path).spawn();
      // It has become itself and gone to sleep: state S in /proc/PID/stat.
      for (let state = ""; state !== "(pause) S";) {
        const stat = await Deno.readTextFile(`/proc/${child.pid}/stat`);
        state = stat.match(/\(.*\) ./)![0];
        assert.doesNotMatch(state, /Z$/, "It ended by itself");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      child.kill("SIGKILL");
      assert.equal((await child.status).signal, "SIGKILL");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("pauseProgram() differs by processor and is small", () => {
  for (
    const [architecture, machine] of [["amd64", 62], ["arm64", 183]] as const
  ) {
    const bytes = pauseProgram(architecture);
    assert.equal(new DataView(bytes.buffer).getUint16(18, true), machine);
    assert.ok(bytes.length < 200);
  }
});

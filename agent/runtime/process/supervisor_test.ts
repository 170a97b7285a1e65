import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { goArchitecture } from "../elf.ts";
import { environmentFile, launcherProgram } from "./launcher.ts";
import { supervise, SUPERVISOR_SCRIPT } from "./supervisor.ts";

/** Guests print more than a pipe holds. */
const GUEST =
  "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done; exit 3";

Deno.test({
  name:
    "supervise() tells the exit, and the guest goes on, when its log writer cannot run any more",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using host = makeRealHost({ writeLog: () => {} });
    const folder = await Deno.makeTempDir();
    try {
      for (const name of ["exits", "logs", "own"]) {
        await Deno.mkdir(`${folder}/${name}`);
      }
      await Deno.writeTextFile(`${folder}/supervise.sh`, SUPERVISOR_SCRIPT);
      await Deno.writeFile(
        `${folder}/launch`,
        launcherProgram(goArchitecture(Deno.build.arch)),
        { mode: 0o755 },
      );
      await Deno.writeFile(`${folder}/own/env`, environmentFile([]));
      const { command, args, env } = supervise({
        script: `${folder}/supervise.sh`,
        dir: `${folder}/own`,
        exitsDir: `${folder}/exits`,
        containerId: "c1",
        bootId: "boot",
        startedAt: 0,
        program: "/bin/sh",
        payload: "/dev/null",
        launcher: `${folder}/launch`,
        args: ["-c", GUEST],
        logWriter: { program: "/bin/false", payload: "/dev/null" },
        log: { folder: `${folder}/logs`, attempt: 0 },
      });
      const { stdout } = await host.processes.run(command, {
        args,
        env,
        clearEnv: true,
      });
      assert.match(stdout, /^ok: /m);
      for (let i = 0; i < 200; i++) {
        if ([...Deno.readDirSync(`${folder}/exits`)].length > 0) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const state = (await Deno.readTextFile(`${folder}/own/state`)).trim();
      assert.match(state, /^exited boot .* 3 0$/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

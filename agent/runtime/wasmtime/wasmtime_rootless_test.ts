/**
 * The runtime's contract once more as an ordinary user, when the tests run as root: the contract's test file, bundled, under `nobody`.
 * (When they run as an ordinary user, `wasmtime_contract_test.ts` is that already.)
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { testWith } from "../../../src/testing/needs.ts";
import { wasmtimePath } from "./wasmtime_rig.ts";

const NOBODY = "65534";

testWith("wasmtime keeps its contract as an ordinary user", {
  needs: ["root", "wasmtime"],
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "wherry-rootless-" });
    try {
      // Engine, Deno and guests may be where only root can look.
      await lend(Deno.execPath(), `${folder}/deno`);
      await lend(wasmtimePath(), `${folder}/wasmtime`);
      const guests = fileURLToPath(new URL("../../../wasm/", import.meta.url));
      await run("cp", ["-R", guests, `${folder}/guests`]);
      const source = new URL("./wasmtime_contract_test.ts", import.meta.url);
      await run(Deno.execPath(), [
        "bundle",
        "--quiet",
        `--output=${folder}/contract_test.mjs`,
        fileURLToPath(source),
      ]);
      await Deno.mkdir(`${folder}/tmp`);
      await run("chmod", ["-R", "a+rX", folder]);
      await Deno.chmod(`${folder}/tmp`, 0o1777);
      const report = await run("setpriv", [
        `--reuid=${NOBODY}`,
        `--regid=${NOBODY}`,
        "--clear-groups",
        "--no-new-privs",
        `${folder}/deno`,
        "test",
        "-A",
        "--no-check",
        "--no-config",
        `${folder}/contract_test.mjs`,
      ], {
        cwd: folder,
        env: {
          WHERRY_TOOLS: JSON.stringify({ wasmtime: `${folder}/wasmtime` }),
          WHERRY_TEST_GUESTS: `${folder}/guests/`,
          DENO_DIR: `${folder}/tmp/deno`,
          TMPDIR: `${folder}/tmp`,
          HOME: `${folder}/tmp`,
          NO_COLOR: "1",
        },
      });
      const [, passed] = /(\d+) passed \| 0 failed/.exec(report) ?? [];
      assert.ok(Number(passed) >= 15, report);
      assert.ok(!/ignored/.test(report), report);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** A hard link where that is possible, else a copy: the engine has 70 MB. */
async function lend(from: string, to: string): Promise<void> {
  const real = await Deno.realPath(from);
  await Deno.link(real, to).catch(() => Deno.copyFile(real, to));
}

async function run(
  command: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const output = await new Deno.Command(command, { args, ...options }).output();
  const text = new TextDecoder();
  const all = text.decode(output.stdout) + text.decode(output.stderr);
  assert.equal(output.code, 0, `${command} ${args[0]}: ${all}`);
  return all;
}

/**
 * The runtime's contract and the hostile bundles once more as an ordinary user, when the tests run as root: the test files, bundled, under `nobody`. With
 * namespaces of the user's own where the machine gives them, and without.
 * (When they run as an ordinary user, the test files themselves are that already.)
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { testWith } from "../../../src/testing/needs.ts";

const NOBODY = "65534";

const GUESTS = ["deno_guest_test", "deno_sandbox_test"];

for (
  const { without, files } of [
    { without: false, files: GUESTS },
    // Nothing else about it is as for root.
    { without: true, files: [...GUESTS, "deno_runtime_test"] },
  ]
) {
  testWith(
    `deno holds its guests as an ordinary user ${
      without ? "without namespaces" : ""
    }`.trimEnd(),
    {
      needs: ["root"],
      fn: async () => {
        const folder = await Deno.makeTempDir({ prefix: "wherry-rootless-" });
        try {
          // Deno may be where only root can look.
          const real = await Deno.realPath(Deno.execPath());
          await Deno.link(real, `${folder}/deno`)
            .catch(() => Deno.copyFile(real, `${folder}/deno`));
          for (const name of files) {
            const source = new URL(`./${name}.ts`, import.meta.url);
            await run(Deno.execPath(), [
              ...["bundle", "--quiet", `--output=${folder}/${name}.mjs`],
              fileURLToPath(source),
            ]);
          }
          await Deno.mkdir(`${folder}/tmp`);
          await run("chmod", ["-R", "a+rX", folder]);
          await Deno.chmod(`${folder}/tmp`, 0o1777);
          const report = await run("setpriv", [
            ...[`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"],
            ...["--no-new-privs", `${folder}/deno`, "test", "-A"],
            ...["--no-check", "--no-config"],
            ...files.map((name) => `${folder}/${name}.mjs`),
          ], {
            cwd: folder,
            env: {
              DENO_DIR: `${folder}/tmp/deno`,
              TMPDIR: `${folder}/tmp`,
              HOME: `${folder}/tmp`,
              NO_COLOR: "1",
              ...(without ? { WHERRY_TEST_WITHOUT_ROOTS: "1" } : {}),
            },
          });
          const [, passed] = /(\d+) passed \| 0 failed/.exec(report) ?? [];
          assert.ok(Number(passed) >= (without ? 30 : 11), report);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      },
    },
  );
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

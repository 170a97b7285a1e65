import assert from "node:assert/strict";
import { goArchitecture } from "../elf.ts";
import { environmentFile, launcherProgram } from "./launcher.ts";

const VARIABLES: [string, string][] = [
  ["PLAIN", "value"],
  ["tls.crt", "-----BEGIN\nseveral lines\n'quoted' \"twice\" $HOME `id`\n"],
  ["UID", "shells do not give this one away"],
  ["EMPTY", ""],
  ["LONG", "x".repeat(100_000)],
  ["ÜNÏ", "ö€😀"],
];

Deno.test({
  name:
    "launcherProgram() becomes the program with exactly the file's variables, whatever their names, and closes the file",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeFile(
        `${folder}/launch`,
        launcherProgram(goArchitecture(Deno.build.arch)),
        { mode: 0o755 },
      );
      await Deno.writeFile(`${folder}/env`, environmentFile(VARIABLES));
      const { code, stdout } = await new Deno.Command("/bin/sh", {
        args: [
          "-c",
          'exec 5<"$1/env"; exec "$1/launch" /bin/cat /proc/self/environ /proc/self/fd/5',
          "sh",
          folder,
        ],
        env: { STRANGER: "of the caller" },
        stderr: "null",
      }).output();
      assert.equal(code, 1, "there is no file 5 any more");
      assert.equal(
        new TextDecoder().decode(stdout),
        VARIABLES.map(([name, value]) => `${name}=${value}\0`).join(""),
      );
      const missing = await new Deno.Command("/bin/sh", {
        args: [
          "-c",
          'exec 5<"$1/env"; exec "$1/launch" /no/such/program',
          "sh",
          folder,
        ],
      }).output();
      assert.equal(missing.code, 126);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("environmentFile() refuses what no environment can hold", () => {
  assert.throws(() => environmentFile([["A", "x\0y"]]), /"A": it holds a NUL/);
});

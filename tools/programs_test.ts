import assert from "node:assert/strict";
import { dirname } from "node:path";
import { findProgram, isAtLeast, programVersion } from "./programs.ts";

Deno.test("isAtLeast() compares numbers, not text", () => {
  for (
    const [version, minimum, expected] of [
      ["1.6.20", "1.6.0", true],
      ["1.10.0", "1.6.20", true],
      ["1.6", "1.6.0", true],
      ["1.5.99", "1.6.0", false],
      ["0.9", "1", false],
      ["2", "1.6.0", true],
    ] as const
  ) {
    assert.equal(
      isAtLeast(version, minimum),
      expected,
      `${version} ${minimum}`,
    );
  }
});

Deno.test("findProgram() leaves out the folder it is told to", async () => {
  const own = Deno.execPath();
  const folder = await Deno.makeTempDir();
  const path = Deno.env.get("PATH") ?? "";
  try {
    await Deno.symlink(own, `${folder}/only-here`);
    Deno.env.set("PATH", `${folder}:${path}`);
    assert.equal(await findProgram("only-here"), `${folder}/only-here`);
    assert.equal(
      await findProgram("only-here", { except: folder }),
      undefined,
    );
    assert.notEqual(dirname(own), folder);
  } finally {
    Deno.env.set("PATH", path);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("programVersion() reads the version of this Deno", async () => {
  assert.equal(await programVersion(Deno.execPath()), Deno.version.deno);
  assert.equal(await programVersion("/no/such/program"), undefined);
});

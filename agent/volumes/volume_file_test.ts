import assert from "node:assert/strict";
import { makeRealHost } from "../../src/base/real_host.ts";
import { readVolumeFile } from "./volume_file.ts";

Deno.test("readVolumeFile() reads ordinary files of a bounded length, and waits for no FIFO", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  const read = (path: string) => readVolumeFile(host, { folder, path });
  try {
    await Deno.mkdir(`${folder}/deep`);
    await Deno.writeTextFile(`${folder}/deep/env`, "A='1'\n");
    assert.equal(await read("deep/env"), "A='1'\n");
    const { success } = await new Deno.Command("mkfifo", {
      args: [`${folder}/fifo`],
    }).output();
    assert.ok(success);
    await assert.rejects(read("fifo"), /Not an ordinary file/);
    await assert.rejects(read("deep"), /Not an ordinary file/);
    using sparse = await Deno.create(`${folder}/huge`);
    await sparse.truncate(2 ** 40);
    await assert.rejects(read("huge"), /More than 1048576 bytes/);
    await Deno.symlink("/etc/passwd", `${folder}/link`);
    await assert.rejects(read("link"), { code: "invalid" });
    await assert.rejects(read("none"), { code: "not-found" });
    await assert.rejects(
      readVolumeFile(host, { folder: undefined, path: "x" }),
      /The volume is not there/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

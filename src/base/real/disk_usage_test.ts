import assert from "node:assert/strict";
import { diskSpace, diskUsage } from "./disk_usage.ts";

Deno.test("diskUsage() counts blocks of every file below once, and neither follows links nor minds what is gone", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const empty = await diskUsage(folder);
    assert.equal(empty.inodes, 1);
    await Deno.mkdir(`${folder}/a/b`, { recursive: true });
    await Deno.writeFile(`${folder}/a/b/one`, new Uint8Array(10_000));
    await Deno.link(`${folder}/a/b/one`, `${folder}/again`);
    await Deno.symlink("/usr", `${folder}/elsewhere`);
    using sparse = await Deno.open(`${folder}/sparse`, {
      write: true,
      create: true,
    });
    await sparse.truncate(1024 ** 3);
    const { usedBytes, inodes } = await diskUsage(folder);
    assert.equal(inodes, 6); // the folder, a, b, one (with two names), elsewhere, sparse
    assert.ok(usedBytes >= 10_000 && usedBytes < 1_000_000, String(usedBytes));
    assert.equal((await diskUsage(`${folder}/a/b/one`)).inodes, 1);
    await assert.rejects(diskUsage(`${folder}/nowhere`), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("diskSpace() tells what df tells", async () => {
  const space = await diskSpace("/");
  const df = new Deno.Command("df", { args: ["-Pk", "/"], stdout: "piped" });
  const text = new TextDecoder().decode((await df.output()).stdout);
  const [, kilobytes] = /\n\S+\s+(\d+)\s/.exec(text)!;
  assert.equal(space.capacityBytes, Number(kilobytes) * 1024);
  assert.ok(space.availableBytes <= space.capacityBytes - space.usedBytes);
  assert.ok(space.inodesFree <= space.inodes);
});

import assert from "node:assert/strict";
import { diskSpace, diskUsage } from "./disk_usage.ts";
import { removeTree } from "./remove_tree.ts";

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

Deno.test("diskUsage() counts also what no path leads to: below too many folders, or names that are no UTF-8", async () => {
  const write = "head -c 500000 /dev/zero > file";
  const part = "d/".repeat(500);
  const scripts = [
    `mkdir "$(printf '\\377')" && cd "$(printf '\\377')" && ${write}`,
    `for i in 1 2 3 4 5; do mkdir -p ${part} && cd -P ${part} || exit; done && ${write}`,
  ];
  for (const script of scripts) {
    const folder = await Deno.makeTempDir();
    const { success } = await new Deno.Command("sh", {
      args: ["-c", script],
      cwd: folder,
    }).output();
    assert.ok(success);
    const { usedBytes, inodes } = await diskUsage(folder);
    assert.ok(usedBytes >= 500_000, String(usedBytes));
    assert.ok(inodes >= 3, String(inodes));
    await removeTree(folder);
  }
});

import assert from "node:assert/strict";
import { testWith } from "../../testing/needs.ts";
import { RealDisk } from "./disk.ts";
import { RealRandom } from "./random.ts";

const DISK = new RealDisk(new RealRandom());

async function withFolder(
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testWith("hold() opens what lies below, and stays with it when its name goes", {
  needs: ["linux"],
  fn: () =>
    withFolder(async (folder) => {
      await DISK.mkdir(`${folder}/a/b`);
      await DISK.writeAtomic(`${folder}/a/b/file`, "mine");
      await using held = await DISK.hold(folder, ["a", "b", "file"]);
      assert.ok(held.info.isFile);
      assert.ok(await held.isAt(`${folder}/a/b/file`));
      await DISK.rename(`${folder}/a/b/file`, `${folder}/elsewhere`);
      await DISK.writeAtomic(`${folder}/a/b/file`, "another");
      assert.equal(await held.isAt(`${folder}/a/b/file`), false);
      assert.equal(await Deno.readTextFile(held.path), "mine");
    }),
});

testWith("hold() follows no link, wherever it is on the way", {
  needs: ["linux"],
  fn: () =>
    withFolder(async (folder) => {
      await DISK.mkdir(`${folder}/inside/real`);
      await DISK.symlink("/etc", `${folder}/inside/out`);
      await DISK.symlink("real", `${folder}/inside/near`);
      await DISK.symlink("/etc/passwd", `${folder}/inside/file`);
      for (
        const names of [["out", "passwd"], ["out"], ["near"], ["file"]]
      ) {
        await assert.rejects(
          DISK.hold(`${folder}/inside`, names, { makeMode: 0o755 }),
          { code: "invalid" },
        );
      }
      for (const names of [[".."], ["real", ".."], ["real/x"], ["."], [""]]) {
        await assert.rejects(DISK.hold(`${folder}/inside`, names), {
          code: "invalid",
        });
      }
      await assert.rejects(DISK.hold(folder, ["none"]), { code: "not-found" });
    }),
});

testWith("hold() makes the folders that are missing with their mode", {
  needs: ["linux"],
  fn: () =>
    withFolder(async (folder) => {
      await DISK.mkdir(`${folder}/there`);
      await DISK.chmod(`${folder}/there`, 0o711);
      await using held = await DISK.hold(folder, ["there", "x", "y"], {
        makeMode: 0o777,
      });
      assert.ok(held.info.isDirectory);
      const mode = async (path: string) => (await DISK.stat(path)).mode;
      assert.equal(await mode(`${folder}/there`), 0o711);
      assert.equal(await mode(`${folder}/there/x`), 0o777);
      assert.equal(await mode(`${folder}/there/x/y`), 0o777);
    }),
});

testWith("shareWithGroup() gives all to the group and follows no link", {
  needs: ["root"],
  fn: () =>
    withFolder(async (folder) => {
      const volume = `${folder}/volume`;
      await DISK.mkdir(`${volume}/inner`);
      await DISK.writeAtomic(`${volume}/inner/file`, "x", { mode: 0o600 });
      await DISK.writeAtomic(`${folder}/outside`, "x", { mode: 0o600 });
      await DISK.symlink(`${folder}/outside`, `${volume}/link`);
      await DISK.shareWithGroup(volume, { gid: 2000, readOnly: false });
      const at = async (path: string) => {
        const { gid, mode } = await DISK.stat(path);
        return [gid, mode.toString(8)];
      };
      assert.deepEqual(await at(volume), [2000, "2775"]);
      assert.deepEqual(await at(`${volume}/inner`), [2000, "2775"]);
      assert.deepEqual(await at(`${volume}/inner/file`), [2000, "660"]);
      assert.equal((await at(`${volume}/link`))[0], 2000);
      assert.deepEqual(await at(`${folder}/outside`), [0, "600"]);
      await DISK.writeAtomic(`${volume}/secret`, "x", { mode: 0o400 });
      await DISK.shareWithGroup(`${volume}/secret`, {
        gid: 2001,
        readOnly: true,
      });
      assert.deepEqual(await at(`${volume}/secret`), [2001, "440"]);
    }),
});

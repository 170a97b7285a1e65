import assert from "node:assert/strict";
import { join } from "node:path";
import { RealDisk } from "../../../src/base/real/disk.ts";
import { RealRandom } from "../../../src/base/real/random.ts";
import { ContainerdRig } from "../../../src/testing/containerd_rig.ts";
import { testWith } from "../../../src/testing/needs.ts";
import { archiveDoubt } from "./archive_doubt.ts";

/** Files that are no image archives, and what is to be said of them. */
const FILES: readonly [string, BlobPart[], RegExp][] = [
  ["text", ["hello\n"], /it is not an image archive: that is a tar file/],
  ["empty", [], /it is empty/],
  ["module", ["\0asm\x01\0\0\0"], /it is a WASM module.*wherry push/],
  ["cut.gz", [new Uint8Array([0x1f, 0x8b, 8, 0])], /compressed by gzip, but/],
];

async function makeFiles(folder: string): Promise<void> {
  for (const [name, parts] of FILES) {
    const content = await new Blob(parts).bytes();
    await Deno.writeFile(join(folder, name), content);
  }
  const { success } = await new Deno.Command("tar", {
    args: ["cf", join(folder, "other.tar"), "-C", folder, "text"],
  }).output();
  assert.ok(success);
}

Deno.test("archiveDoubt() says what a file is that is no image archive", async () => {
  const folder = await Deno.makeTempDir();
  const host = { disk: new RealDisk(new RealRandom()) };
  try {
    await makeFiles(folder);
    for (const [name, , words] of FILES) {
      assert.match((await archiveDoubt(host, join(folder, name)))!, words);
    }
    const doubt = await archiveDoubt(host, join(folder, "other.tar"));
    assert.match(doubt!, /tar file, but cut short or of no image/);
    assert.equal(await archiveDoubt(host, join(folder, "none")), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testWith(
  "importImage() says what is wrong with a file that is no image archive",
  {
    needs: ["containerd"],
    fn: async () => {
      await using rig = await ContainerdRig.open();
      const folder = join(rig.dir, "files");
      await Deno.mkdir(folder);
      await makeFiles(folder);
      for (const [name, , words] of FILES) {
        await assert.rejects(rig.own.importImage(join(folder, name)), words);
      }
      await assert.rejects(
        rig.own.importImage(join(folder, "other.tar")),
        /Cannot import ".*\/other.tar": it is a tar file.* \(unrecognized image format\)$/,
      );
    },
  },
);

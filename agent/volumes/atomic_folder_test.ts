import assert from "node:assert/strict";
import { encodeText } from "../../src/base/bytes.ts";
import { type Disk, HostError } from "../../src/base/host.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { type FolderFile, updateAtomicFolder } from "./atomic_folder.ts";

function filesOf(texts: Record<string, string>): Map<string, FolderFile> {
  return new Map(
    Object.entries(texts).map(([path, text]) => [
      path,
      { content: encodeText(text), mode: 0o644 },
    ]),
  );
}

Deno.test("updateAtomicFolder() leaves readers what they have, and nothing else, when the disk is full", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  /** Takes small files only. */
  const full: Disk = new Proxy(host.disk, {
    get: (target, member) =>
      member === "writeAtomic"
        ? (...words: Parameters<Disk["writeAtomic"]>) =>
          words[1].length < 10
            ? target.writeAtomic(...words)
            : Promise.reject(new HostError("no-space", "The disk is full"))
        : Reflect.get(target, member).bind(target),
  });
  const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name);
  const update = (texts: Record<string, string>) =>
    updateAtomicFolder({ ...host, disk: full }, folder, {
      files: filesOf(texts),
    });
  const big = "more than there is room for";
  try {
    for (let tries = 0; tries < 3; tries++) {
      await assert.rejects(update({ a: "1", big }), { code: "no-space" });
      assert.deepEqual(names(), []);
    }
    await update({ a: "1" });
    const before = names().sort();
    for (let tries = 0; tries < 3; tries++) {
      await assert.rejects(update({ a: "2", "d/big": big }), {
        code: "no-space",
      });
      assert.deepEqual(names().sort(), before);
      assert.equal(await Deno.readTextFile(`${folder}/a`), "1");
    }
    assert.equal(await update({ a: "2" }), true);
    assert.equal(await update({ a: "2" }), false);
    assert.equal(await Deno.readTextFile(`${folder}/a`), "2");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

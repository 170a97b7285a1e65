import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { makeOciArchive } from "./oci_archive.ts";
import { writeTar } from "./tar_writer.ts";

const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest();

async function unpacked(
  archive: Uint8Array,
  work: (folder: string) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/a.tar`, archive);
    const tar = await new Deno.Command("tar", {
      args: ["-xf", "a.tar"],
      cwd: folder,
    }).output();
    assert.equal(tar.code, 0, new TextDecoder().decode(tar.stderr));
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeTar() makes what tar reads", () =>
  unpacked(
    writeTar([
      { path: "d" },
      { path: "d/run", content: "x".repeat(513), mode: 0o755 },
      { path: "link", linkTarget: "d/run" },
    ]),
    async (folder) => {
      assert.equal(
        await Deno.readTextFile(`${folder}/link`),
        "x".repeat(513),
      );
      const info = await Deno.stat(`${folder}/d/run`);
      assert.equal(info.mode! & 0o777, 0o755);
      assert.equal(info.mtime!.getTime(), 0);
    },
  ));

Deno.test("writeTar() refuses a path that does not fit", () => {
  assert.throws(
    () => writeTar([{ path: "x".repeat(101), content: "" }]),
    RangeError,
  );
});

Deno.test("makeOciArchive() names and digests all parts, the same each time", () => {
  const recipe = {
    name: "example.com/a:1",
    architecture: "arm64",
    files: [{ path: "f", content: "hello" }],
    entrypoint: ["/f"],
    exposedPorts: ["80/tcp"],
  } as const;
  const archive = makeOciArchive(recipe, sha256);
  assert.deepEqual(makeOciArchive(recipe, sha256), archive);
  return unpacked(archive, async (folder) => {
    const json = async (path: string) =>
      JSON.parse(await Deno.readTextFile(`${folder}/${path}`));
    const blob = async (descriptor: { digest: string; size: number }) => {
      const path = `blobs/${descriptor.digest.replace(":", "/")}`;
      const content = await Deno.readFile(`${folder}/${path}`);
      assert.equal(content.length, descriptor.size);
      assert.equal(sha256(content).toString("hex"), path.slice(13));
      return path;
    };
    const [entry] = (await json("index.json")).manifests;
    assert.equal(
      entry.annotations["io.containerd.image.name"],
      "example.com/a:1",
    );
    const manifest = await json(await blob(entry));
    const config = await json(await blob(manifest.config));
    assert.equal(config.architecture, "arm64");
    assert.deepEqual(config.rootfs.diff_ids, [manifest.layers[0].digest]);
    await blob(manifest.layers[0]);
  });
});

import assert from "node:assert/strict";
import { makeRealHost } from "../../src/base/real_host.ts";
import { testWith } from "../../src/testing/needs.ts";
import { Mounts } from "./mounts.ts";
import { checkSubPath, prepareSubPath } from "./sub_path.ts";

/** How often a part is prepared while it is swapped. */
const TRIES = 1_000;
/** The other process may be slow to begin. */
const MOST_TRIES = 100_000;

/** Mounts that are noted, not made: what was bound is read through the descriptor. */
class NotedMounts extends Mounts {
  readonly read: string[] = [];

  override at(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  override unmountBelow(): Promise<void> {
    return Promise.resolve();
  }

  override async bind(source: string): Promise<void> {
    const path = (await Deno.stat(source)).isDirectory
      ? `${source}/file`
      : source;
    this.read.push(await Deno.readTextFile(path).catch(() => "nothing"));
  }
}

async function withFolder(
  use: (bench: {
    folder: string;
    prepare: (subPath: string, mounts?: Mounts) => Promise<string>;
    mounts: NotedMounts;
  }) => Promise<void>,
): Promise<void> {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const path = `${folder}/volume`;
  await Deno.mkdir(path);
  try {
    await use({
      folder,
      mounts: new NotedMounts(host),
      prepare: (subPath, mounts) =>
        prepareSubPath(host, {
          volume: { path, readOnly: false, isOurs: mounts === undefined },
          subPath,
          target: `${folder}/target/0`,
        }, mounts),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("checkSubPath() refuses absolute paths and steps back in kubelet's words", () => {
  checkSubPath("a/..b/c");
  assert.throws(() => checkSubPath("/etc"), {
    message: "error SubPath `/etc` must not be an absolute path",
  });
  assert.throws(() => checkSubPath("a/../../etc"), {
    message: "unable to provision SubPath `a/../../etc`: must not contain '..'",
  });
});

testWith(
  "prepareSubPath() resolves links that stay in the volume, and no others",
  {
    needs: ["linux"],
    fn: () =>
      withFolder(async ({ folder, prepare }) => {
        const volume = `${folder}/volume`;
        await Deno.mkdir(`${volume}/..v1/deep`, { recursive: true });
        await Deno.writeTextFile(`${volume}/..v1/key`, "x");
        await Deno.symlink("..v1", `${volume}/..data`);
        await Deno.symlink("..data/key", `${volume}/key`);
        await Deno.symlink("..data/deep", `${volume}/deep`);
        await Deno.symlink("/etc", `${volume}/out`);
        await Deno.symlink("gone", `${volume}/dangling`);
        assert.equal(await prepare("key"), `${volume}/..v1/key`);
        assert.equal(await prepare("deep/new"), `${volume}/..v1/deep/new`);
        assert.ok((await Deno.stat(`${volume}/..v1/deep/new`)).isDirectory);
        for (const path of ["out", "out/passwd", "out/new", "dangling"]) {
          await assert.rejects(prepare(path), { code: "invalid" }, path);
        }
        assert.equal(await prepare("."), volume);
      }),
  },
);

testWith(
  "prepareSubPath() never leaves the volume while its folders are swapped for links",
  {
    needs: ["linux"],
    fn: () =>
      withFolder(async ({ folder, prepare, mounts }) => {
        const volume = `${folder}/volume`;
        const outside = `${folder}/outside`;
        for (const at of [`${outside}/part`, `${volume}/x/part`]) {
          await Deno.mkdir(at, { recursive: true });
          await Deno.writeTextFile(
            `${at}/file`,
            at.startsWith(volume) ? "in" : "out",
          );
        }
        await Deno.symlink(outside, `${volume}/link`);
        const swapper = new Deno.Command(Deno.execPath(), {
          args: ["eval", SWAP, volume],
        }).spawn();
        let met = 0;
        try {
          for (let i = 0; i < TRIES || (met === 0 && i < MOST_TRIES); i++) {
            await prepare("x/part", mounts).catch(({ message }) => {
              // Nothing is really bound here; that is found out last.
              if (!/Not what was bound/.test(message)) met++;
            });
          }
        } finally {
          swapper.kill("SIGKILL");
          await swapper.status;
        }
        assert.ok(mounts.read.includes("in"));
        assert.deepEqual(mounts.read.filter((text) => text === "out"), []);
        assert.deepEqual(
          [...Deno.readDirSync(outside)].map(({ name }) => name),
          ["part"],
        );
        assert.ok(met > 0, "no try met a link");
      }),
  },
);

/** Renames as fast as it can; what the code under test made in a gap is thrown away. */
const SWAP = `const at = (name) => Deno.args[0] + "/" + name;
const move = (from, to) => {
  for (;;) {
    try { return Deno.renameSync(at(from), at(to)); } catch { /* something is there */ }
    try { Deno.removeSync(at(to), { recursive: true }); } catch { /* and grows */ }
  }
};
for (;;) { move("x", "away"); move("link", "x"); move("x", "link"); move("away", "x"); }`;

import assert from "node:assert/strict";
import { join } from "node:path";
import { debianEnvironment, getDebian, isDebian } from "./get_debian.ts";
import { defaultCacheDir } from "./setup.ts";

const HAS_APT = await isDebian();

/** The test runner counts and prints what stands behind the `#`. */
function testWithApt(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: HAS_APT ? name : `${name} # needs apt`,
    ignore: !HAS_APT,
    fn,
  });
}

const SET = {
  name: "busybox",
  packages: ["busybox-static"],
  why: "a test wants it",
};

Deno.test("getDebian() takes a complete set from the cache without apt", async () => {
  const cacheDir = await Deno.makeTempDir();
  try {
    const root = join(cacheDir, "debian/busybox");
    await Deno.mkdir(join(root, "usr/lib/x86_64-linux-gnu"), {
      recursive: true,
    });
    await Deno.writeTextFile(join(root, "usr/lib/x86_64-linux-gnu/a.so.1"), "");
    await Deno.writeTextFile(
      join(root, ".wherry-set.json"),
      JSON.stringify({ asked: SET.packages, packages: { a: "1" } }),
    );
    const lines: string[] = [];
    const report = (line: string) => lines.push(line);
    const tree = await getDebian(SET, { cacheDir, report });
    assert.deepEqual(tree, { root, packages: { a: "1" } });
    assert.deepEqual(lines, []);
    const env = await debianEnvironment([tree]);
    assert.equal(
      env["LD_LIBRARY_PATH"],
      join(root, "usr/lib/x86_64-linux-gnu"),
    );
    assert.ok(env["PATH"]!.startsWith(join(root, "usr/local/bin")));
  } finally {
    await Deno.remove(cacheDir, { recursive: true });
  }
});

testWithApt(
  "getDebian() gets a package once for all who ask at once",
  async () => {
    const cacheDir = await Deno.makeTempDir();
    try {
      // The lists of the set-up before the tests, so that nothing big is fetched again.
      const lists = join(defaultCacheDir(), "debian/lists");
      if (await Deno.stat(lists).catch(() => undefined)) {
        await Deno.mkdir(join(cacheDir, "debian"), { recursive: true });
        await new Deno.Command("cp", {
          args: ["-a", lists, `${lists}.stamp`, join(cacheDir, "debian")],
        }).output();
      }
      const lines: string[] = [];
      const report = (line: string) => lines.push(line);
      // Leftovers of an interrupted try.
      await Deno.mkdir(join(cacheDir, "debian/busybox.draft"), {
        recursive: true,
      });
      const trees = await Promise.all(
        [1, 2, 3].map(() => getDebian(SET, { cacheDir, report })),
      );
      assert.equal(new Set(trees.map((tree) => tree.root)).size, 1);
      assert.equal(
        lines.filter((line) => line.startsWith("Getting busybox-static"))
          .length,
        1,
      );
      assert.match(trees[0]!.packages["busybox-static"]!, /^\d/);
      const programs = await Promise.all(
        ["bin/busybox", "usr/bin/busybox"].map((path) =>
          Deno.stat(join(trees[0]!.root, path)).catch(() => undefined)
        ),
      );
      assert.ok(programs.some((info) => info?.isFile));
      const left = [...Deno.readDirSync(join(cacheDir, "debian"))]
        .map((entry) => entry.name);
      assert.ok(!left.some((name) => /draft|archives/.test(name)), left.join());
    } finally {
      await Deno.remove(cacheDir, { recursive: true });
    }
  },
);

testWithApt(
  "getDebian() says which package is not to be had",
  async () => {
    const cacheDir = await Deno.makeTempDir();
    try {
      await assert.rejects(
        getDebian({
          name: "none",
          packages: ["wherry-no-such-package"],
          why: "a test",
        }, { cacheDir, report: () => {} }),
        /wherry-no-such-package/,
      );
    } finally {
      await Deno.remove(cacheDir, { recursive: true });
    }
  },
);

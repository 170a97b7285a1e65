import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { testWith } from "../../../src/testing/needs.ts";
import { RuntimeError } from "../runtime.ts";
import { ModuleStore } from "./module_store.ts";
import { wasmtimePath } from "./wasmtime_rig.ts";

const SOURCE = new TextEncoder().encode(`(module (func (export "_start")))`);

function test(
  does: string,
  fn: (
    open: (version?: string) => Promise<ModuleStore>,
    dir: string,
  ) => Promise<void>,
): void {
  testWith(`ModuleStore ${does}`, {
    needs: ["linux", "wasmtime"],
    fn: async () => {
      using host = makeRealHost();
      const dir = await Deno.makeTempDir({ prefix: "wherry-modules-" });
      try {
        const wasmtime = wasmtimePath();
        await fn(
          (version = "wasmtime 1") =>
            ModuleStore.open(host, { dir, wasmtime, version }),
          dir,
        );
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  });
}

async function names(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name);
}

test(
  "compiles a content once, also when it is asked twice at once",
  async (open, dir) => {
    const store = await open();
    const digests = await Promise.all([
      store.add(SOURCE, "a"),
      store.add(SOURCE, "b"),
    ]);
    assert.equal(digests[0], digests[1]);
    assert.ok(await store.has(digests[0]));
    assert.equal((await names(dir)).length, 1);
    const made = (await Deno.stat(store.pathOf(digests[0]))).mtime;
    await (await open()).add(SOURCE, "c");
    assert.deepEqual((await Deno.stat(store.pathOf(digests[0]))).mtime, made);
  },
);

test("does not take another engine's code", async (open) => {
  const digest = await (await open("wasmtime 1")).add(SOURCE, "a");
  assert.ok(!await (await open("wasmtime 2")).has(digest));
});

test(
  "removes drafts of a crash and takes no empty file for code",
  async (open, dir) => {
    const store = await open();
    const digest = store.digestOf(SOURCE);
    await Deno.writeTextFile(store.pathOf(digest), "");
    await Deno.writeTextFile(`${dir}/draft-0102.code`, "half");
    const next = await open();
    assert.deepEqual(await names(dir), [
      store.pathOf(digest).split("/").at(-1),
    ]);
    assert.ok(!await next.has(digest));
    await next.add(SOURCE, "a");
    assert.ok(await next.has(digest));
  },
);

test(
  "throws ErrImagePull with the engine's reason when the code is wrong",
  async (open, dir) => {
    const store = await open();
    const wrong = new TextEncoder().encode("(module (func (result i32)))");
    await assert.rejects(
      store.add(wrong, "file:///wrong.wat"),
      (error) =>
        error instanceof RuntimeError && error.reason === "ErrImagePull" &&
        /Can not compile "file:\/\/\/wrong\.wat": .*type mismatch/.test(
          error.message,
        ),
    );
    assert.deepEqual(await names(dir), []);
  },
);

test("keeps only what it is told to", async (open, dir) => {
  const store = await open();
  const one = await store.add(SOURCE, "a");
  await store.add(new TextEncoder().encode("(module)"), "b");
  await store.keepOnly(new Set([store.pathOf(one)]));
  assert.deepEqual(await names(dir), [store.pathOf(one).split("/").at(-1)]);
});

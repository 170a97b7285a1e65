import assert from "node:assert/strict";
import { makeRealHost } from "../base/real_host.ts";
import { openStore } from "./open.ts";
import { StoreCorruptError, StoreInUseError } from "./store.ts";

async function withFolder(run: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "wherry-open-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function quietHost() {
  return makeRealHost({ writeLog: () => {} });
}

Deno.test("openStore() makes folder and file that only their owner can read", () =>
  withFolder(async (folder) => {
    using host = quietHost();
    const path = `${folder}/data/kv.sqlite3`;
    await using store = await openStore(host, { path });
    await store.transact(["a/1"], (t) => t.put("a/1", () => ({ text: "{}" })));
    for await (const { name } of Deno.readDir(`${folder}/data`)) {
      const { mode } = await Deno.stat(`${folder}/data/${name}`);
      assert.equal(mode! & 0o077, 0, `${name} is open to others`);
    }
  }));

Deno.test("openStore() refuses a file that is open, and takes it when it is closed", () =>
  withFolder(async (folder) => {
    using host = quietHost();
    const path = `${folder}/kv.sqlite3`;
    const store = await openStore(host, { path });
    await assert.rejects(openStore(host, { path }), (error) => {
      assert.ok(error instanceof StoreInUseError);
      assert.equal(
        error.message,
        `Can not open the store "${path}": another process has it open`,
      );
      return true;
    });
    await store.close();
    await (await openStore(host, { path })).close();
  }));

Deno.test("openStore() refuses a file that is no database, leaves it as it is and lets go of it", () =>
  withFolder(async (folder) => {
    using host = quietHost();
    const path = `${folder}/kv.sqlite3`;
    const text = "These are somebody's notes and not a database. ".repeat(99);
    await Deno.writeTextFile(path, text);
    for (let attempt = 0; attempt < 2; attempt++) {
      await assert.rejects(openStore(host, { path }), (error) => {
        assert.ok(error instanceof StoreCorruptError);
        assert.ok(error.message.startsWith(`Can not open the store "${path}"`));
        return true;
      });
      assert.equal(await Deno.readTextFile(path), text);
    }
  }));

Deno.test("openStore() refuses a database with damaged pages, and leaves it as it is", () =>
  withFolder(async (folder) => {
    using host = quietHost();
    const path = `${folder}/kv.sqlite3`;
    {
      await using store = await openStore(host, { path });
      for (let i = 0; i < 300; i++) {
        await store.transact(
          [`a/${i}`],
          (t) => t.put(`a/${i}`, () => ({ text: "x".repeat(500) })),
        );
      }
    }
    const bytes = await Deno.readFile(path);
    const damaged = bytes.slice();
    damaged.fill(0xaa, 4096, Math.min(bytes.length, 40_000));
    await Deno.writeFile(path, damaged);
    await assert.rejects(openStore(host, { path }), (error) => {
      assert.ok(error instanceof StoreCorruptError);
      assert.ok(error.message.startsWith(`Can not open the store "${path}"`));
      return true;
    });
    assert.deepEqual(await Deno.readFile(path), damaged);
  }));

Deno.test("openStore() refuses options that make no sense", async () => {
  using host = quietHost();
  await assert.rejects(openStore(host, {}), /no path/);
  await assert.rejects(
    openStore(host, { path: ":memory:", logBoundRows: 0 }),
    /logBoundRows is 0/,
  );
});

Deno.test("openStore() keeps nothing of :memory:", async () => {
  using host = quietHost();
  for (let i = 0; i < 2; i++) {
    await using store = await openStore(host, { path: ":memory:" });
    assert.equal(store.revision, 0);
    await store.transact(["a/1"], (t) => t.put("a/1", () => ({ text: "" })));
  }
});

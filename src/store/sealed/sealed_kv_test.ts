import assert from "node:assert/strict";
import { makeRealHost } from "../../base/real_host.ts";
import { decodeText } from "../../base/bytes.ts";
import type { Kv } from "../../base/host.ts";
import { MemoryKv, MemoryKvData } from "../memory_kv.ts";
import { openStore } from "../open.ts";
import { testStoreContract } from "../store_contract.ts";
import { type Store, StoreCorruptError } from "../store.ts";
import { SealedKv } from "./sealed_kv.ts";
import { type SealingKey, SealingKeys } from "./sealing_keys.ts";

const host = makeRealHost({ writeLog: () => {} });
const OLD: SealingKey = { name: "old", secret: new Uint8Array(32).fill(1) };
const NEW: SealingKey = { name: "new", secret: new Uint8Array(32).fill(2) };
const concerns = (key: string) => key.startsWith("secrets/");

testStoreContract({
  name: "sealed",
  make() {
    const data = new MemoryKvData();
    const sealing = {
      keys: new SealingKeys(host.crypto, [OLD]),
      concerns: () => true,
    };
    return Promise.resolve({
      openKv: () => Promise.resolve(new SealedKv(new MemoryKv(data), sealing)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
});

function open(
  data: MemoryKvData,
  keys: readonly SealingKey[],
  options: { seals?: boolean } = {},
): Promise<Store> {
  return openStore(host, {
    kv: new MemoryKv(data),
    sealing: {
      keys: new SealingKeys(host.crypto, keys, options),
      concerns,
      scope: "secrets",
    },
  });
}

async function write(store: Store, key: string, text: string): Promise<void> {
  await store.transact([key], (transaction) => {
    transaction.put(key, () => ({ text }));
  });
}

/** All bytes that lie in a KV, as text. */
async function stored(data: MemoryKvData): Promise<string> {
  const kv: Kv = new MemoryKv(data);
  let text = "";
  for await (const { value } of kv.list({ prefix: [] })) {
    if (value instanceof Uint8Array) text += decodeText(value);
  }
  return text;
}

Deno.test("SealedKv keeps what it is to seal, older versions too, from who reads the file", async () => {
  const data = new MemoryKvData();
  {
    await using store = await open(data, [OLD]);
    await write(store, "secrets/a/b", '{"first":"hunter2"}');
    await write(store, "secrets/a/b", '{"second":"hunter3"}');
    await write(
      store,
      "secrets/a/large",
      JSON.stringify({ large: "hunter4".repeat(30_000) }),
    );
    await write(store, "configmaps/a/b", '{"open":"to all"}');
  }
  const text = await stored(data);
  assert.ok(!text.includes("hunter"));
  assert.ok(text.includes("to all"));
  await using store = await open(data, [OLD]);
  assert.equal(store.get("secrets/a/b")?.text, '{"second":"hunter3"}');
  assert.equal(store.get("secrets/a/large")?.text.length, 210_000 + 12);
});

Deno.test("openStore() seals what was stored before encryption was turned on", async () => {
  const data = new MemoryKvData();
  {
    await using store = await openStore(host, { kv: new MemoryKv(data) });
    await write(store, "secrets/a/b", '{"first":"hunter2"}');
    await write(store, "secrets/a/b", '{"second":"hunter3"}');
  }
  assert.ok((await stored(data)).includes("hunter"));
  {
    await using store = await open(data, [OLD]);
    assert.equal(store.get("secrets/a/b")?.text, '{"second":"hunter3"}');
  }
  assert.ok(!(await stored(data)).includes("hunter"));
});

Deno.test("openStore() seals everything anew when a key has been put in front, so that the old one can go", async () => {
  const data = new MemoryKvData();
  {
    await using store = await open(data, [OLD]);
    await write(store, "secrets/a/b", '{"second":"hunter3"}');
  }
  await (await open(data, [NEW, OLD])).close();
  await using store = await open(data, [NEW]);
  assert.equal(store.get("secrets/a/b")?.text, '{"second":"hunter3"}');
});

Deno.test("openStore() opens everything again when encryption was turned off", async () => {
  const data = new MemoryKvData();
  {
    await using store = await open(data, [OLD]);
    await write(store, "secrets/a/b", '{"second":"hunter3"}');
  }
  await (await open(data, [OLD], { seals: false })).close();
  await using store = await openStore(host, { kv: new MemoryKv(data) });
  assert.equal(store.get("secrets/a/b")?.text, '{"second":"hunter3"}');
});

Deno.test("openStore() names the key that is missing, and changes nothing", async () => {
  const data = new MemoryKvData();
  {
    await using store = await open(data, [OLD]);
    await write(store, "secrets/a/b", '{"second":"hunter3"}');
  }
  await assert.rejects(
    open(data, [NEW]),
    (error: Error) =>
      error instanceof StoreCorruptError &&
      /row secrets\/a\/b is encrypted with key [0-9a-f]{16}, which is not among/
        .test(error.message),
  );
  await using store = await open(data, [OLD]);
  assert.equal(store.get("secrets/a/b")?.text, '{"second":"hunter3"}');
});

Deno.test("SealingKeys.open() refuses a value that was moved to another place", () => {
  const keys = new SealingKeys(host.crypto, [OLD]);
  const sealed = keys.seal("row secrets/a/b", new Uint8Array([1, 2, 3]));
  assert.deepEqual(
    [...keys.open("row secrets/a/b", sealed)],
    [1, 2, 3],
  );
  assert.throws(() => keys.open("row secrets/a/c", sealed), StoreCorruptError);
});

Deno.test("new SealingKeys() names a key of a wrong length", () => {
  assert.throws(
    () =>
      new SealingKeys(host.crypto, [{
        name: "k",
        secret: new Uint8Array(20),
      }]),
    { message: 'Cannot use key "k": it has 20 bytes, not 16, 24, 32' },
  );
});

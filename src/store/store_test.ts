import { MemoryKv, MemoryKvData } from "./memory_kv.ts";
import { testStoreContract } from "./store_contract.ts";

testStoreContract({
  name: "Deno KV file",
  async make() {
    const folder = await Deno.makeTempDir({ prefix: "wherry-store-" });
    return {
      openKv: () => Deno.openKv(`${folder}/kv.sqlite3`),
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
});

testStoreContract({
  name: "in memory",
  make() {
    const data = new MemoryKvData();
    return Promise.resolve({
      openKv: () => Promise.resolve(new MemoryKv(data)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
});

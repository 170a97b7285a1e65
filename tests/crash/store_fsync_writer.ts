/**
 * The program that `store_fsync_test.ts` watches: a few writes, one after the other, each announced and acknowledged on stdout.
 *
 * @module
 */
import { makeRealHost } from "../../src/base/real_host.ts";
import { openStore } from "../../src/store/open.ts";

const [path] = Deno.args;
if (path === undefined) throw new Error("Can not write: give a KV file");
using host = makeRealHost({ logLevel: "error" });
await using store = await openStore(host, { path });
for (let i = 0; i < 10; i++) {
  say(`begin ${i}`);
  await store.transact(
    ["a/1"],
    (transaction) => transaction.put("a/1", () => ({ text: String(i) })),
  );
  say(`ack ${i}`);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/**
 * The victim of `store_crash_test.ts`: writes to a store as fast as it can and tells on stdout what was acknowledged and what a watcher saw, until it
 * is killed.
 *
 * ```text
 *   store_writer.ts KV-FILE START RESUME-AFTER DURABLE-WRITES
 *
 *   ack key revision number      a write was answered
 *   volatile revision            a write that lives in memory was answered
 *   event revision key number    the watcher of "load/" got an event; number is "-" for a deletion
 * ```
 *
 * @module
 */
import { makeRealHost } from "../../src/base/real_host.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";

const WRITERS = 16;
/** One write in so many is too large for one KV value. */
const LARGE_ONE_IN = 40;
/** One write in so many is a deletion. */
const DELETE_ONE_IN = 7;

const encoder = new TextEncoder();
const [path, start, resumeAfter, durableWrites] = Deno.args;
if (path === undefined || durableWrites === undefined) {
  throw new Error("Can not write: give file, start, revision and writes");
}

const host = makeRealHost({ logLevel: "error" });
const store = await openStore(host, { path });
let writes = 0;
await Promise.all([
  follow(store, Number(resumeAfter)),
  beat(store),
  ...Array.from({ length: WRITERS }, (_, i) => write(store, `load/w${i}`)),
]);

/** A line reaches the pipe whole before anything else happens: what the parent reads is what was true. */
function say(line: string): void {
  Deno.stdout.writeSync(encoder.encode(line + "\n"));
}

async function write(to: Store, key: string): Promise<void> {
  while (writes < Number(durableWrites)) {
    const number = `${start}.${writes++}`;
    const large = writes % LARGE_ONE_IN === 0;
    const pad = large
      ? host.random.bytes(150_000).toBase64()
      : "x".repeat(writes % 2000);
    const revision = await to.transact([key], (transaction) => {
      if (transaction.get(key) && writes % DELETE_ONE_IN === 0) {
        return transaction.delete(key);
      }
      return transaction.put(key, (at) => ({
        text: JSON.stringify({ revision: at, number, pad }),
      })).revision;
    });
    say(`ack ${key} ${revision} ${number}`);
  }
}

async function beat(to: Store): Promise<never> {
  for (;;) {
    const row = await to.transact(
      ["leases/n/1"],
      (transaction) =>
        transaction.put("leases/n/1", () => ({ text: "{}" }), {
          volatile: true,
        }),
    );
    say(`volatile ${row.revision}`);
    await host.clock.sleep(1);
  }
}

async function follow(from: Store, after: number): Promise<void> {
  using watcher = from.watch("load/", { after });
  for (;;) {
    const events = await watcher.read();
    if (typeof events === "string") throw new Error(`Watcher is ${events}`);
    for (const { revision, key, row } of events) {
      const number = row === undefined ? "-" : JSON.parse(row.text).number;
      say(`event ${revision} ${key} ${number}`);
    }
  }
}

/**
 * The loads of the store's benchmark: one process each, so that memory and system calls are theirs alone. Prints one line of JSON.
 *
 * ```text
 *   store_load.ts group|alone  KV-FILE writers ms      64 writers, in groups or each committing alone
 *   store_load.ts fill         KV-FILE objects         writes objects of 1 KiB and tells what memory they take
 *   store_load.ts open         KV-FILE                 opens that file again: time and memory
 *   store_load.ts fan-out      -       watchers events what an event costs by who watches
 * ```
 *
 * @module
 */
import { makeRealHost } from "../../src/base/real_host.ts";
import { MemoryKv } from "../../src/store/memory_kv.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store, Watcher } from "../../src/store/store.ts";

const host = makeRealHost({ logLevel: "error" });
const OBJECT_BYTES = 1024;
/** Distinct objects that the writers change in turn. */
const KEYS_PER_WRITER = 16;

const LOADS: Record<string, (args: readonly string[]) => Promise<unknown>> = {
  "group": ([path, writers, ms]) =>
    group(path!, { writers: Number(writers), ms: Number(ms) }),
  "alone": ([path, writers, ms]) =>
    alone(path!, { writers: Number(writers), ms: Number(ms) }),
  "fill": ([path, objects]) => fill(path!, Number(objects)),
  "open": ([path]) => open(path!),
  "fan-out": ([_, watchers, events]) =>
    fanOut(Number(watchers), Number(events)),
};

/** A pod of 1 KiB, as text of its own (shared strings would hide memory). */
function podText(key: string, revision: number): string {
  const pod = {
    kind: "Pod",
    metadata: { name: key, resourceVersion: String(revision), note: "" },
  };
  const missing = OBJECT_BYTES - JSON.stringify(pod).length;
  pod.metadata.note = "n".repeat(Math.max(0, missing));
  return JSON.stringify(pod);
}

function put(store: Store, key: string): Promise<unknown> {
  const node = `node-${key.length % 7}`;
  return store.transact(
    [key],
    (transaction) =>
      transaction.put(key, (revision) => ({
        text: podText(key, revision),
        labels: { app: `app-${key.slice(-2)}`, tier: "bench" },
        fields: { "spec.nodeName": node, "status.phase": "Running" },
      })),
  );
}

/** Runs writers, each sending its next write when it has the answer, for a time. @returns the latencies */
async function writersFor(
  load: { writers: number; ms: number },
  write: (key: string) => Promise<unknown>,
): Promise<{ seconds: number; latenciesMs: number[] }> {
  const latenciesMs: number[] = [];
  const start = performance.now();
  await Promise.all(
    Array.from({ length: load.writers }, async (_, writer) => {
      for (let i = 0; performance.now() - start < load.ms; i++) {
        const begun = performance.now();
        await write(`pods/default/web-${writer}-${i % KEYS_PER_WRITER}`);
        latenciesMs.push(performance.now() - begun);
      }
    }),
  );
  return { seconds: (performance.now() - start) / 1000, latenciesMs };
}

function rateOf(result: { seconds: number; latenciesMs: number[] }) {
  const sorted = result.latenciesMs.toSorted((a, b) => a - b);
  return {
    writes: sorted.length,
    writesPerSecond: sorted.length / result.seconds,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)],
  };
}

async function group(path: string, load: { writers: number; ms: number }) {
  await using store = await openStore(host, { path });
  const result = await writersFor(load, (key) => put(store, key));
  return { ...rateOf(result), commits: store.stats().commits };
}

/** What each writer would do without a store: check that its object is as it was read, and set it. */
async function alone(path: string, load: { writers: number; ms: number }) {
  using kv = await Deno.openKv(path);
  const stamps = new Map<string, string>();
  let commits = 0;
  const result = await writersFor(load, async (key) => {
    const kvKey = ["row", key];
    const done = await kv.atomic()
      .check({ key: kvKey, versionstamp: stamps.get(key) ?? null })
      .set(kvKey, new TextEncoder().encode(podText(key, ++commits)))
      .commit();
    if (!done.ok) throw new Error(`Can not write "${key}"`);
    stamps.set(key, done.versionstamp);
  });
  return { ...rateOf(result), commits };
}

/** Resident memory after garbage is gone. */
function residentBytes(): number {
  const { gc } = globalThis as unknown as { gc(): void };
  for (let i = 0; i < 4; i++) gc();
  return Deno.memoryUsage().rss;
}

async function fill(path: string, objects: number) {
  await using store = await openStore(host, { path });
  await Promise.all(
    Array.from({ length: 200 }, (_, i) => put(store, `warm/up/${i}`)),
  );
  const before = residentBytes();
  for (let done = 0; done < objects; done += 500) {
    await Promise.all(
      Array.from(
        { length: Math.min(500, objects - done) },
        (_, i) => put(store, `pods/ns-${(done + i) % 50}/web-${done + i}`),
      ),
    );
  }
  return {
    objects,
    bytesPerObject: (residentBytes() - before) / objects,
    textBytesPerObject: store.stats().textBytes / store.stats().rows,
  };
}

async function open(path: string) {
  {
    await using _warm = await openStore(host, { kv: new MemoryKv() });
  }
  const before = residentBytes();
  const start = performance.now();
  await using store = await openStore(host, { path });
  const ms = performance.now() - start;
  const { rows } = store.stats();
  return { rows, ms, bytesPerObject: (residentBytes() - before) / rows };
}

/** The cost of publishing an event, apart from the disk: the KV is in memory, and so are the readers. */
async function fanOut(watchers: number, events: number) {
  const run = async (
    open: (store: Store, i: number) => Watcher | undefined,
  ) => {
    await using store = await openStore(host, { kv: new MemoryKv() });
    const text = podText("x", 1);
    const write = (i: number) =>
      store.transact(
        ["pods/default/web"],
        (transaction) =>
          transaction.put("pods/default/web", () => ({
            text,
            fields: { "spec.nodeName": `node-${i % watchers}` },
          })),
      );
    let delivered = 0;
    const opened: Watcher[] = [];
    for (let i = 0; i < watchers; i++) {
      const watcher = open(store, i);
      if (watcher === undefined) continue;
      opened.push(watcher);
      void (async () => {
        for (;;) {
          const answer = await watcher.read();
          if (typeof answer === "string") return;
          delivered += answer.length;
        }
      })();
    }
    for (let i = 0; i < 200; i++) await write(i); // warm up
    const start = performance.now();
    for (let i = 0; i < events; i++) await write(i);
    const us = (performance.now() - start) * 1000 / events;
    for (const watcher of opened) watcher.close();
    return { us, delivered };
  };
  const nobody = await run(() => undefined);
  const byNode = await run((store, i) =>
    store.watch("pods/", {
      after: 0,
      field: { name: "spec.nodeName", value: `node-${i}` },
    })
  );
  const all = await run((store) => store.watch("pods/", { after: 0 }));
  return {
    watchers,
    nobodyUs: nobody.us,
    byNodeUs: byNode.us,
    byNodeDelivered: byNode.delivered,
    allUs: all.us,
    allDelivered: all.delivered,
  };
}

const [name, ...args] = Deno.args;
const load = LOADS[name ?? ""];
if (load === undefined) throw new Error(`Can not run load "${name}"`);
console.log(JSON.stringify(await load(args)));
host[Symbol.dispose]();

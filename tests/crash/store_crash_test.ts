/**
 * The store keeps its word when its process is killed at any moment.
 *
 * @module
 */
import assert from "node:assert/strict";
import { makeRealHost } from "../../src/base/real_host.ts";
import { openStore } from "../../src/store/open.ts";
import type { StoreEvent } from "../../src/store/store.ts";

const KILLS = 20;
/** The kill comes after this many acknowledgements of a start, drawn anew each time, so that it meets every stage of a commit. */
const ACKS_BEFORE_KILL = { least: 1, most: 400 };
/** Every third start falls silent before it is killed: only the rows in memory change any more, and no commit covers up for their revisions. */
const SILENT_ONE_IN = 3;
const BEATS_BEFORE_KILL = 20;

/** What all starts told. */
interface Told {
  readonly acks: { key: string; revision: number; number: string }[];
  readonly volatile: number[];
  readonly events: { revision: number; key: string; number: string }[];
  /** Revisions of acknowledgements by start. */
  readonly starts: number[][];
}

Deno.test({
  name:
    "openStore() after SIGKILL during writes finds every acknowledged write, and watchers resume without loss",
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "wherry-crash-" });
    try {
      const path = `${folder}/kv.sqlite3`;
      const told: Told = { acks: [], volatile: [], events: [], starts: [] };
      for (let start = 0; start < KILLS; start++) {
        await writeAndKill({ path, start, told });
      }
      await check(path, told);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Runs the writer, kills it in the middle of its work, and takes down what it told. */
async function writeAndKill(
  run: { path: string; start: number; told: Told },
): Promise<void> {
  const { told } = run;
  const { least, most } = ACKS_BEFORE_KILL;
  const acksBeforeKill = least + Math.floor(Math.random() * (most - least));
  const silent = run.start % SILENT_ONE_IN === 0;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "-A",
      new URL("store_writer.ts", import.meta.url).pathname,
      run.path,
      String(run.start),
      String(told.events.at(-1)?.revision ?? 0),
      String(silent ? acksBeforeKill : Infinity),
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const before = told.acks.length;
  const revisions: number[] = [];
  told.starts.push(revisions);
  let rest = "";
  let killed = false;
  let beats = 0;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!; // the kill may cut a line
    for (const line of lines) {
      take(line, { told, revisions });
      beats = line.startsWith("volatile") ? beats + 1 : 0;
    }
    const enough = told.acks.length - before >= acksBeforeKill;
    if (!killed && enough && (!silent || beats >= BEATS_BEFORE_KILL)) {
      killed = true;
      child.kill("SIGKILL");
    }
  }
  const { signal } = await child.status;
  assert.equal(signal, "SIGKILL", "the writer ended by itself");
}

function take(line: string, into: { told: Told; revisions: number[] }): void {
  const { told, revisions } = into;
  const [what, a, b, c] = line.split(" ");
  if (what === "ack") {
    told.acks.push({ key: a!, revision: Number(b), number: c! });
    revisions.push(Number(b));
  } else if (what === "volatile") {
    told.volatile.push(Number(a));
    revisions.push(Number(a));
  } else if (what === "event") {
    told.events.push({ revision: Number(a), key: b!, number: c! });
  } else {
    throw new Error(`Can not read ${JSON.stringify(line)}`);
  }
}

/** Opens the store once more and holds what it has against what was told. */
async function check(path: string, told: Told): Promise<void> {
  using host = makeRealHost({ logLevel: "error" });
  await using store = await openStore(host, { path });
  // The last event that there is: whoever has it has read everything.
  const end = await store.transact(
    ["load/end"],
    (transaction) => transaction.put("load/end", () => ({ text: "{}" })),
  );
  const history: StoreEvent[] = [];
  using watcher = store.watch("load/", { after: 0 });
  while (history.at(-1)?.revision !== end.revision) {
    const events = await watcher.read();
    if (typeof events === "string") throw new Error(`Watcher is ${events}`);
    history.push(...events);
  }
  assert.ok(told.acks.length >= KILLS);

  // No acknowledged write is lost.
  const byRevision = new Map(history.map((event) => [event.revision, event]));
  for (const { key, revision, number } of told.acks) {
    const event = byRevision.get(revision);
    assert.equal(event?.key, key, `revision ${revision} is lost`);
    const found = numberOf(event);
    assert.ok(found === "-" || found === number);
  }

  // Revisions increase, also over restarts, and no two writes have the same.
  let highest = 0;
  for (const revisions of told.starts) {
    const ordered = revisions.toSorted((a, b) => a - b);
    for (const revision of ordered) {
      assert.ok(revision > highest, `revision ${revision} was used again`);
      highest = revision;
    }
  }
  for (const [i, event] of history.entries()) {
    assert.ok(i === 0 || event.revision > history[i - 1]!.revision);
  }

  // The watcher, resumed after each kill, missed nothing and got nothing twice.
  const seen = history.filter((event) =>
    event.revision <= told.events.at(-1)!.revision
  );
  assert.deepEqual(
    told.events,
    seen.map((event) => ({
      revision: event.revision,
      key: event.key,
      number: numberOf(event),
    })),
  );

  // The rows are what history leads to, and each event knows the row before it.
  const rows = new Map<string, string>();
  for (const { key, row, previous } of history) {
    assert.equal(previous?.text, rows.get(key));
    if (row === undefined) rows.delete(key);
    else rows.set(key, row.text);
  }
  assert.deepEqual(
    new Map(store.list("load/").rows.map((row) => [row.key, row.text])),
    rows,
  );
}

function numberOf(event: StoreEvent | undefined): string {
  return event?.row === undefined ? "-" : JSON.parse(event.row.text).number;
}

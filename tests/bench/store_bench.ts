/**
 * The store: group commit against single commits on the same disk, memory per object, fan-out of events.
 *
 * Writes per fsync are counted, not inferred: with strace on the machine, by the `fsync` and `fdatasync` calls of the process; else by the flushes that
 * the kernel counted for the disk (others' flushes included, so the figure is a lower bound). Both stand beside the number of commits.
 *
 * @module
 */
import {
  atLeast,
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
} from "./report.ts";

const WRITERS = 64;
const ROUNDS = 5;
/** What should be reached. */
const GOAL = { writesPerSync: 8, timesAlone: 3, bytesPerObject: 4096 } as const;

/** The benchmark `store`. */
export const storeBench: Bench = { name: "store", run };

interface WriteResult {
  readonly writes: number;
  readonly writesPerSecond: number;
  readonly p99Ms: number;
  readonly commits: number;
}

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const folder = await diskFolder();
  try {
    return [
      ...await writeFigures({ folder, ms: quick ? 300 : 2500, say }),
      ...await memoryFigures({ folder, objects: quick ? 1000 : 50_000, say }),
      ...await fanOutFigures({ watchers: quick ? 500 : 12_000, say }),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function writeFigures(
  { folder, ms, say }: {
    folder: string;
    ms: number;
    say: BenchOptions["say"];
  },
): Promise<Figure[]> {
  const load = (kind: string, i: number) => [
    kind,
    `${folder}/${kind}-${i}.sqlite3`,
    String(WRITERS),
    String(ms),
  ];
  const rounds: { group: WriteResult; alone: WriteResult }[] = [];
  // In turns, so that a slow moment of the disk meets both.
  for (let i = 0; i < ROUNDS; i++) {
    say(
      `${WRITERS} writers of 1 KiB for ${ms} ms, round ${i + 1} of ${ROUNDS}`,
    );
    rounds.push({
      group: await runLoad<WriteResult>(load("group", i)),
      alone: await runLoad<WriteResult>(load("alone", i)),
    });
  }
  const ratios = rounds.map(({ group, alone }) =>
    group.writesPerSecond / alone.writesPerSecond
  );
  const middle = ratios.toSorted((a, b) => a - b)[ROUNDS >> 1]!;
  const { group, alone } = rounds[ratios.indexOf(middle)]!;
  say("the same, counting fsyncs");
  const counted = await countSyncs(load("group", ROUNDS));
  return [
    atLeast({
      name: `store writes per fsync, ${WRITERS} writers`,
      value: counted.result.writes / counted.syncs,
      unit: "writes",
      comparedWith:
        `${counted.syncs} fsyncs (${counted.how}), ${counted.result.commits} commits, ${counted.result.writes} writes`,
    }, GOAL.writesPerSync),
    atLeast({
      name: `store write rate, ${WRITERS} writers, against each alone`,
      value: middle,
      unit: "times",
      comparedWith: `ours ${Math.round(group.writesPerSecond)} writes/s, p99 ${
        group.p99Ms.toFixed(1)
      } ms; plain Deno.Kv atomics ${
        Math.round(alone.writesPerSecond)
      } writes/s, p99 ${alone.p99Ms.toFixed(1)} ms; median of ${
        ratios.map((ratio) => ratio.toFixed(1)).join(", ")
      }`,
    }, GOAL.timesAlone),
  ];
}

async function memoryFigures(
  { folder, objects, say }: {
    folder: string;
    objects: number;
    say: BenchOptions["say"];
  },
): Promise<Figure[]> {
  const path = `${folder}/memory.sqlite3`;
  say(`memory of ${objects} objects of 1 KiB`);
  interface Memory {
    readonly bytesPerObject: number;
    readonly ms: number;
    readonly rows: number;
  }
  const written = await runLoad<Memory>(["fill", path, String(objects)]);
  const opened = await runLoad<Memory>(["open", path]);
  return [
    atMost({
      name: `store memory per 1 KiB object, ${objects} written`,
      value: written.bytesPerObject,
      unit: "bytes",
      comparedWith: `${
        Math.round(opened.bytesPerObject)
      } bytes after a restart (resident memory, garbage collected)`,
    }, GOAL.bytesPerObject),
    {
      name: `store opens with ${opened.rows} objects`,
      value: opened.ms,
      unit: "ms",
    },
  ];
}

async function fanOutFigures(
  { watchers, say }: { watchers: number; say: BenchOptions["say"] },
): Promise<Figure[]> {
  say(`events to ${watchers} watchers`);
  const result = await runLoad<{
    nobodyUs: number;
    byNodeUs: number;
    byNodeDelivered: number;
    allUs: number;
    allDelivered: number;
  }>(["fan-out", "-", String(watchers), "2000"]);
  return [{
    name: `store write with ${watchers} watchers, one a node`,
    value: result.byNodeUs,
    unit: "us",
    comparedWith: `${result.nobodyUs.toFixed(0)} us with no watcher; ${
      result.allUs.toFixed(0)
    } us when each of them is told (${
      (result.allUs * 1000 / watchers).toFixed(0)
    } ns a delivery)`,
  }];
}

/** Runs a load in a process of its own. */
async function runLoad<T>(
  args: readonly string[],
  under: readonly string[] = [],
): Promise<T> {
  const [command, ...first] = [...under, Deno.execPath()];
  const { success, stdout, stderr } = await new Deno.Command(command!, {
    args: [
      ...first,
      "run",
      "--no-check",
      "-A",
      "--v8-flags=--expose-gc",
      new URL("store_load.ts", import.meta.url).pathname,
      ...args,
    ],
  }).output();
  const text = new TextDecoder();
  if (!success) {
    throw new Error(`Load "${args[0]}" failed: ${text.decode(stderr)}`);
  }
  return JSON.parse(text.decode(stdout));
}

/** Runs a load of writes and counts what it asked of the disk. */
async function countSyncs(
  args: readonly string[],
): Promise<{ result: WriteResult; syncs: number; how: string }> {
  const trace = await Deno.makeTempFile();
  try {
    // Only these calls stop the process; the others run at full speed.
    const under = [
      "strace",
      "--seccomp-bpf",
      "-f",
      "-e",
      "trace=fsync,fdatasync",
      "-o",
      trace,
    ];
    const result = await runLoad<WriteResult>(args, under);
    const lines = (await Deno.readTextFile(trace)).split("\n");
    const syncs = lines.filter((line) => /\bf(data)?sync\(/.test(line)).length;
    return { result, syncs, how: "counted by strace" };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  } finally {
    await Deno.remove(trace);
  }
  const before = await diskFlushes();
  const result = await runLoad<WriteResult>(args);
  const flushes = await diskFlushes() - before;
  return flushes > 0
    ? { result, syncs: flushes, how: "flushes of all disks, no strace here" }
    : {
      result,
      syncs: result.commits,
      how: "commits, one each: neither strace nor flush counters here",
    };
}

/** Flushes that all disks have done, as the kernel counts them (field 16 of /proc/diskstats, Linux 5.5). */
async function diskFlushes(): Promise<number> {
  const text = await Deno.readTextFile("/proc/diskstats").catch(() => "");
  return text.split("\n").reduce((sum, line) => {
    const fields = line.trim().split(/\s+/);
    const isPartition = /^(sd[a-z]+|vd[a-z]+)\d+$/.test(fields[2] ?? "");
    return isPartition ? sum : sum + Number(fields[18] ?? 0);
  }, 0);
}

/** A folder on a disk: a file system in memory would make fsync free. */
async function diskFolder(): Promise<string> {
  const temporary = await Deno.makeTempDir({ prefix: "wherry-bench-" });
  const mounts = await Deno.readTextFile("/proc/mounts").catch(() => "");
  const inMemory = mounts.split("\n").map((line) => line.split(" "))
    .some(([, at, type]) => type === "tmpfs" && temporary.startsWith(`${at}/`));
  if (!inMemory) return temporary;
  await Deno.remove(temporary);
  return await Deno.makeTempDir({ dir: ".", prefix: ".wherry-bench-" });
}

if (import.meta.main) {
  const { figureTable } = await import("./report.ts");
  const figures = await run({
    say: (line) => console.error(line),
    quick: Deno.args.includes("--quick"),
  });
  console.log(figureTable(figures));
  console.log(JSON.stringify({ figures }));
}

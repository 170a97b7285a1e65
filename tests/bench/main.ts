/**
 * `deno task bench [name…]`: prints all figures, or those of the named benchmarks, as one table and one line of JSON. `--quick` only shows that they work.
 *
 * As root everything runs in a network and mount namespace of its own, so that nothing else is on the wire and the machine's network is left alone.
 *
 * @module
 */
import process from "node:process";
import { apiBench } from "./api_bench.ts";
import { hostileBench } from "./hostile_bench.ts";
import { idleBench } from "./idle_bench.ts";
import { podsBench } from "./pods_bench.ts";
import { probesBench } from "./probes_bench.ts";
import { type Bench, type Figure, figureTable } from "./report.ts";
import { storeBench } from "./store_bench.ts";
import { streamsBench } from "./streams_bench.ts";
import { watchBench } from "./watch_bench.ts";
import { WASM_BENCHES } from "./wasm_bench.ts";
import { makeNeighbourRoom } from "./wasm/neighbour_room.ts";

const BENCHES: readonly Bench[] = [
  storeBench,
  apiBench,
  watchBench,
  hostileBench,
  podsBench,
  probesBench,
  streamsBench,
  idleBench,
  ...WASM_BENCHES,
];

/** Set in the process that runs in namespaces of its own. */
const ISOLATED = "WHERRY_BENCH_ISOLATED";

/** Runs benchmarks by name; all without any. */
async function main(args: readonly string[]): Promise<number> {
  const quick = args.includes("--quick");
  const names = args.filter((arg) => !arg.startsWith("--"));
  const unknown = names.find((name) =>
    !BENCHES.some((bench) => isNamed(bench, name))
  );
  if (unknown !== undefined) {
    console.error(
      `error: no benchmark "${unknown}"; there are: ${
        BENCHES.map(({ name }) => name).join(", ")
      }`,
    );
    return 2;
  }
  const figures: (Figure & { readonly bench: string })[] = [];
  for (const bench of BENCHES) {
    if (names.length && !names.some((name) => isNamed(bench, name))) continue;
    console.error(`# ${bench.name}`);
    const measured = await bench.run({
      say: (line) => console.error(line),
      quick,
    });
    figures.push(...measured.map((one) => ({ bench: bench.name, ...one })));
  }
  console.log(figureTable(figures));
  console.log(JSON.stringify({ figures }));
  return 0;
}

/** `wasm` means all benchmarks that begin with `wasm-`. */
function isNamed(bench: Bench, name: string): boolean {
  return bench.name === name || bench.name.startsWith(`${name}-`);
}

/** Runs this program again in namespaces of its own. */
async function isolated(args: readonly string[]): Promise<number> {
  // What the namespaces cannot reach any more must be there before.
  const { setup } = await import("../../tools/setup.ts");
  await setup();
  using _room = makeNeighbourRoom();
  const { code } = await new Deno.Command("unshare", {
    args: [
      ...["--net", "--mount", "--propagation", "private", "sh", "-c"],
      'ip link set lo up && exec "$@"',
      ...["sh", Deno.execPath(), "run", "-A", "--quiet"],
      ...[new URL(import.meta.url).pathname, ...args],
    ],
    env: { [ISOLATED]: "1" },
  }).spawn().status;
  return code;
}

if (import.meta.main) {
  const alone = Deno.build.os !== "linux" || Deno.uid() !== 0 ||
    Deno.env.has(ISOLATED);
  process.exit(await (alone ? main : isolated)(Deno.args));
}

/**
 * `deno task bench [name…]`: prints all figures, or those of the named benchmarks, as one table and one line of JSON. `--quick` only shows that they work.
 *
 * @module
 */
import process from "node:process";
import { apiBench } from "./api_bench.ts";
import { type Bench, type Figure, figureTable } from "./report.ts";
import { watchBench } from "./watch_bench.ts";

const BENCHES: readonly Bench[] = [apiBench, watchBench];

/** Runs benchmarks by name; all without any. */
async function main(args: readonly string[]): Promise<number> {
  const quick = args.includes("--quick");
  const names = args.filter((arg) => !arg.startsWith("--"));
  const unknown = names.find((name) =>
    !BENCHES.some((bench) => bench.name === name)
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
    if (names.length && !names.includes(bench.name)) continue;
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

if (import.meta.main) process.exit(await main(Deno.args));

/**
 * WASM modules and TypeScript as pods: `deno task bench wasm` runs all parts, each of which can also be named.
 *
 * | part | what |
 * |---|---|
 * | `wasm-start` | creation → first answer, one pod after the other |
 * | `wasm-at-once` | a hundred pods at once |
 * | `wasm-density` | a thousand pods on one node: memory, answers, rest |
 * | `wasm-throughput` | requests through a Service, WASM and Deno |
 * | `wasm-pull` | pulls of what has not changed, and over cut connections |
 *
 * @module
 */
import type { Bench } from "./report.ts";
import { atOnceBench } from "./wasm/at_once_bench.ts";
import { densityBench } from "./wasm/density_bench.ts";
import { pullBench } from "./wasm/pull_bench.ts";
import { startBench } from "./wasm/start_bench.ts";
import { throughputBench } from "./wasm/throughput_bench.ts";

/** All parts. */
export const WASM_BENCHES: readonly Bench[] = [
  startBench,
  atOnceBench,
  densityBench,
  throughputBench,
  pullBench,
];

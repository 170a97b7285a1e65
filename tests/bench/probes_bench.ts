/**
 * A storm of probes: 500 of them on one node, each every second.
 *
 * @module
 */
import type { ProbeLoad } from "./probe_load.ts";
import {
  atLeast,
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
} from "./report.ts";

const PROBES = 500;
const LOAD = new URL("./probe_load.ts", import.meta.url).pathname;
/** Connections that probes may have at once, and what a process has open anyway. */
const MOST_FILES = 128 + 40;

/** The benchmark `probes`. */
export const probesBench: Bench = { name: "probes", run };

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const seconds = quick ? 2 : 20;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("ok"),
  );
  const figures: Figure[] = [];
  const { port } = server.addr;
  say(`${PROBES} http probes by fetch, ${seconds} s`);
  const fetched = await measure("fetch", { seconds, port });
  for (const kind of ["http", "tcp", "exec"]) {
    say(`${PROBES} ${kind} probes, ${seconds} s`);
    const load = await measure(kind, { seconds, port });
    const name = `${PROBES} ${kind} probes a second`;
    figures.push(
      atMost({
        name: `${name}: processor`,
        value: load.cpuPercent,
        unit: "% of a core",
        comparedWith: kind === "exec"
          ? "commands of a fake that take 5 ms; real ones cost what they start"
          : kind === "http"
          ? `${fetched.cpuPercent.toFixed(1)} % by fetch`
          : "",
      }, 15),
      atLeast({
        name: `${name}: tries`,
        value: load.triesPerSecond,
        unit: "1/s",
        comparedWith: `${load.failures} failed`,
      }, PROBES * 0.97),
      atMost({
        name: `${name}: open files`,
        value: load.mostFiles,
        unit: "",
        comparedWith: `${
          load.anonymousMb.toFixed(0)
        } MB of memory that no file holds`,
      }, MOST_FILES),
    );
  }
  return figures;
}

async function measure(
  kind: string,
  { seconds, port }: { seconds: number; port: number },
): Promise<ProbeLoad> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", LOAD],
      ...[kind, PROBES, seconds, port].map(String),
    ],
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout));
}

/**
 * Runs a command on a machine of its own and writes, as JSON, what it left there: one line of text for each thing. Started by `tools/test.ts` for each
 * file of `tests/node`, inside of namespaces for network, mounts and processes, with fresh file systems on {@linkcode FRESH}.
 *
 * Control groups alone are the whole machine's: those count that a process of this machine was seen in, and that belong to a pod or a container.
 *
 * @module
 */
import process from "node:process";
import {
  controlGroups,
  emptyGroups,
  FRESH,
  type MachineState,
  machineState,
} from "../e2e/machine_state.ts";
import { runCommand } from "./cluster.ts";

/** How often processes' control groups are looked at, in milliseconds. */
const LOOK_MS = 500;
/** How long what is on its way out may take, in milliseconds. */
const PATIENCE_MS = 10_000;
/** A pod's or a container's own control group, by its last name. */
const OF_A_POD = /(pod[-0-9a-f]{36}|[0-9a-f]{64})[^/]*$/;

/** What is there now and was not before, one line each. */
export function leftBehind(before: MachineState, after: MachineState) {
  return Object.entries(after).flatMap(([kind, lines]) => {
    const known = new Map<string, number>();
    for (const line of before[kind] ?? []) {
      known.set(line, (known.get(line) ?? 0) + 1);
    }
    return lines.filter((line) => {
      const count = known.get(line) ?? 0;
      known.set(line, count - 1);
      return count <= 0;
    }).map((line) => `${kind}: ${line}`);
  });
}

async function main(report: string, command: readonly string[]) {
  for (const folder of FRESH) {
    await Deno.mkdir(folder, { recursive: true });
    await runCommand("mount", ["-t", "tmpfs", "tmpfs", folder]);
  }
  // The first namespace with a name makes the folder of all, which then stays.
  await runCommand("ip", ["netns", "add", "first"]);
  await runCommand("ip", ["netns", "delete", "first"]);
  const temporary = await Deno.makeTempDir({ prefix: "wherry-node-" });
  await runCommand("ip", ["link", "set", "lo", "up"]);
  const here = new Set(await controlGroups());
  const groups = new Set<string>();
  const before = await machineState();
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, {
    args,
    env: { TMPDIR: temporary },
    stdin: "null",
  }).spawn();
  let over = false;
  const watching = (async () => {
    while (!over) {
      for (const group of await controlGroups()) {
        if (!here.has(group) && OF_A_POD.test(group)) groups.add(group);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  })();
  const { code } = await child.status;
  over = true;
  await watching;
  const look = async () => [
    ...leftBehind(before, await machineState()),
    ...emptyGroups([...groups]).map((path) => `control group: ${path}`),
    ...[...Deno.readDirSync(temporary)].map(({ name }) =>
      `temporary file: ${name}`
    ),
  ];
  const deadline = performance.now() + PATIENCE_MS;
  let left = await look();
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    left = await look();
  }
  await Deno.writeTextFile(report, JSON.stringify(left));
  // The processes that are left end with their namespace; nothing else cleans up after this file.
  await runCommand("rm", ["-rf", "--one-file-system", temporary]);
  return code;
}

if (import.meta.main) {
  const [report = "", ...command] = Deno.args;
  process.exit(await main(report, command));
}

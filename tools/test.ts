/**
 * `deno task test`: gets what the machine lacks, runs the tests, says what was skipped and why, and ends with the line `N passed, N failed`.
 *
 * Of `tests/node` it runs the smoke subset (`node_smoke.ts`) only, and names the rest; with `--node` (`deno task test:node`) it runs all of `tests/node`
 * and nothing else. Arguments narrow the run to files whose path contains one of them, wherever these are.
 *
 * Test files that start nodes (below {@linkcode ISOLATED}) run each in a network and mount namespace of their own when we are root, so that they never
 * meet the host's network or each other's. Those of `tests/node` have a process namespace and folders for temporary files of their own too, and
 * whatever one of them leaves behind fails the run.
 *
 * @module
 */
import { dirname, relative } from "node:path";
import process from "node:process";
import { countTests, type TestCount } from "./junit.ts";
import { NODE_SMOKE } from "./node_smoke.ts";
import { setup } from "./setup.ts";

/** Where test files start nodes. */
const ISOLATED = ["tests/e2e/", "tests/node/", "tests/cli/examples"];
/** Tests of the node as a whole: real containers. */
const NODE = "tests/node/";
/** Where tests that run by themselves only are: slower suites have tasks of their own. */
const SEPARATE = [
  "tests/bench/",
  "tests/clients/",
  "tests/components/",
  "tests/browser/",
];
/** Where test files are looked for. */
const ROOTS = ["src", "agent", "tools", "wasm", "manifests", "tests"];

/** Runs the suite; the answer is the exit status. */
export async function runTests(args: readonly string[]): Promise<number> {
  const nodeOnly = args.includes("--node");
  const filters = args.filter((arg) => !arg.startsWith("--"));
  const root = dirname(import.meta.dirname!) + "/";
  const started = performance.now();
  const tools = await setup({ report: (line) => console.log(line) });
  const env = {
    WHERRY_TOOLS: JSON.stringify(tools),
    NO_COLOR: "1",
    PATH: `${tools.binDir}:${Deno.env.get("PATH") ?? ""}`,
  };
  const all = ROOTS.flatMap((folder) => testFiles(root + folder))
    .map((path) => relative(root, path))
    .filter((path) => !SEPARATE.some((folder) => path.startsWith(folder)))
    .filter((path) => !nodeOnly || path.startsWith(NODE))
    .filter((path) =>
      filters.length === 0 || filters.some((filter) => path.includes(filter))
    ).sort();
  const isLeftOut = (path: string) =>
    !nodeOnly && filters.length === 0 && path.startsWith(NODE) &&
    !NODE_SMOKE.includes(path);
  const files = all.filter((path) => !isLeftOut(path));
  const isIsolated = (path: string) =>
    ISOLATED.some((folder) => path.startsWith(folder));
  const together = files.filter((path) => !isIsolated(path));
  const counts: TestCount[] = [];
  // Those of these folders mostly wait for programs that they have started: they run beside the others.
  const waiting = ["agent/", "tests/"];
  const groups = [
    together.filter((path) => !waiting.some((at) => path.startsWith(at))),
    ...waiting.map((at) => together.filter((path) => path.startsWith(at))),
  ].filter((group) => group.length > 0);
  counts.push(
    ...await Promise.all(
      groups.map((group) => runFiles(group, { root, env, isolated: false })),
    ),
  );
  for (const file of files.filter(isIsolated)) {
    console.log(`\n# ${file}`);
    const began = performance.now();
    counts.push(await runFiles([file], { root, env, isolated: true }));
    if (nodeOnly) {
      console.log(`${Math.round((performance.now() - began) / 1000)} s`);
    }
  }
  const failed = counts.flatMap((count) => count.failed);
  const skipped = counts.flatMap((count) => count.skipped);
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  console.log("");
  for (const { what, why } of tools.skipped) {
    console.log(`not on this machine: ${what}: ${why}`);
  }
  for (const name of all.filter(isLeftOut)) {
    console.log(`in deno task test:node only: ${name}`);
  }
  for (const name of skipped) console.log(`skipped: ${name}`);
  for (const name of failed) console.log(`failed: ${name}`);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${skipped.length} skipped, ${seconds} s`);
  console.log(`${passed} passed, ${failed.length} failed`);
  return failed.length === 0 && passed > 0 ? 0 : 1;
}

async function runFiles(
  files: readonly string[],
  options: { root: string; env: Record<string, string>; isolated: boolean },
): Promise<TestCount> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const left = await Deno.makeTempFile({ suffix: ".json" });
  const test = [
    Deno.execPath(),
    "test",
    "-A",
    "--quiet",
    "--reporter=dot",
    `--junit-path=${report}`,
    ...files,
  ];
  const isolated = options.isolated && Deno.uid() === 0 && hasUnshare();
  const ofNode = isolated && files.every((path) => path.startsWith(NODE));
  const command = ofNode
    ? onOwnMachine(test, left)
    : isolated
    ? inOwnNetwork(test)
    : test;
  try {
    const { code } = await new Deno.Command(command[0]!, {
      args: command.slice(1),
      cwd: options.root,
      env: options.env,
      stdin: "null",
    }).spawn().status;
    const count = countTests(await Deno.readTextFile(report));
    const [only, ...more] = files;
    // Where a helper has registered a test, the helper's file stands before its name.
    const named = (name: string) =>
      only && more.length === 0 ? name.replace(/^\S+\.ts(?=: )/, only) : name;
    const skipped = count.skipped.map(named);
    const failed = count.failed.map(named);
    if (code !== 0 && failed.length === 0) {
      // A crash, a type error or a leak outside of tests must not pass for success.
      failed.push(`${files.join(" ")}: exit status ${code}`);
    }
    if (ofNode) {
      const text = await Deno.readTextFile(left);
      const lines: string[] = text ? JSON.parse(text) : ["(nobody looked)"];
      failed.push(
        ...lines.map((line) => `${files.join(" ")}: left behind: ${line}`),
      );
    }
    return { ...count, failed, skipped };
  } finally {
    await Deno.remove(report);
    await Deno.remove(left);
  }
}

/** The command in a network and mount namespace of its own. */
function inOwnNetwork(command: readonly string[]): string[] {
  return [
    "unshare",
    "--net",
    "--mount",
    "--propagation",
    "private",
    "sh",
    "-c",
    'ip link set lo up && exec "$@"',
    "sh",
    ...command,
  ];
}

/** The command with processes of its own besides; what it leaves behind is in the file `left` afterwards. */
function onOwnMachine(command: readonly string[], left: string): string[] {
  const look = new URL("../tests/support/left_behind.ts", import.meta.url);
  return [
    ...["unshare", "--net", "--mount", "--propagation", "private"],
    ...["--pid", "--fork", "--kill-child", "--mount-proc"],
    // The shell is the first process there: it takes in orphans, which Deno would leave as zombies.
    ...["sh", "-c", '"$@"; exit $?', "sh"],
    ...[Deno.execPath(), "run", "-A", "--quiet", look.pathname, left],
    ...command,
  ];
}

function hasUnshare(): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/unshare`).isFile;
    } catch {
      return false;
    }
  });
}

function testFiles(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) return testFiles(path);
      return entry.name.endsWith("_test.ts") ? [path] : [];
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

if (import.meta.main) process.exit(await runTests(Deno.args));

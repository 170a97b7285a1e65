/**
 * The Deno that runs this program, as a tool: it bundles, checks types, and runs what comes from npm.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Host, ProcessResult } from "../../base/host.ts";
import { CliFailure } from "../failure.ts";

/** The part of the machine that is needed. */
export type ToolHost = Pick<Host, "processes" | "disk" | "crypto">;

/** No colours, no line about newer versions, no stack of Deno's own behind errors. */
const QUIET = {
  NO_COLOR: "1",
  DENO_NO_UPDATE_CHECK: "1",
  RUST_BACKTRACE: "0",
} as const;

/** Runs Deno with these arguments. */
export function runDeno(
  host: Pick<Host, "processes">,
  args: readonly string[],
  options: { readonly cwd?: string; readonly stdin?: string } = {},
): Promise<ProcessResult> {
  return host.processes.run(host.processes.denoPath, {
    args,
    env: QUIET,
    ...options,
  });
}

/**
 * Type-checks a module with all that it imports; undefined when it is sound, else the compiler's words.
 *
 * @param path absolute
 */
export async function checkTypes(
  host: Pick<Host, "processes">,
  path: string,
): Promise<string | undefined> {
  const { code, stderr } = await runDeno(host, ["check", "--quiet", path], {
    cwd: dirname(path),
  });
  return code === 0 ? undefined : problemOf(stderr, path);
}

/** What Deno said, with names of files below the module's folder as one would type them. */
export function problemOf(stderr: string, path: string): string {
  const text = stderr
    .replace(/^error: (bundling failed|Type checking failed\.)$\n?/gm, "")
    .replaceAll(`file://${dirname(path)}/`, "")
    .replaceAll("file:///", "/")
    .trim();
  // Its own "error:" would stand behind ours.
  return text.replace(/^error: /, "");
}

/** The part of `deno info --json` that is read here. */
interface ModuleGraph {
  readonly modules?: readonly {
    readonly local?: string;
    readonly specifier?: string;
  }[];
}

/** The files of the machine that a module is made of, itself first, with those that are missing; of a graph that cannot be told, itself. */
export async function filesOf(
  host: Pick<Host, "processes">,
  path: string,
): Promise<string[]> {
  const modules = await graphOf(host, path);
  // One that is not there yet has a name, too.
  const files = modules.flatMap(({ specifier }) =>
    specifier?.startsWith("file:")
      ? [decodeURIComponent(new URL(specifier).pathname)]
      : []
  );
  return [...new Set([path, ...files])];
}

/** The names of all modules that a module imports, by whatever way; of a graph that cannot be told, `unknown:`. */
export async function importsOf(
  host: Pick<Host, "processes">,
  path: string,
): Promise<string[]> {
  const modules = await graphOf(host, path);
  if (modules.length === 0) return ["unknown:"];
  return modules.flatMap(({ local, specifier }) =>
    local === path || specifier === undefined ? [] : [specifier]
  );
}

async function graphOf(
  host: Pick<Host, "processes">,
  path: string,
): Promise<NonNullable<ModuleGraph["modules"]>> {
  const { code, stdout } = await runDeno(host, [
    ...["info", "--json", "--quiet", path],
  ], { cwd: dirname(path) });
  if (code !== 0) return [];
  return (JSON.parse(stdout) as ModuleGraph).modules ?? [];
}

/** Looks whether there is such a file. @throws {CliFailure} when there is none */
export async function requireFile(
  host: Pick<Host, "disk">,
  path: string,
  shown: string,
): Promise<void> {
  let info;
  try {
    info = await host.disk.stat(await host.disk.realPath(path));
  } catch {
    throw new CliFailure(`the path "${shown}" does not exist`);
  }
  if (!info.isFile) throw new CliFailure(`the path "${shown}" is not a file`);
}

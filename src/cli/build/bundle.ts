/**
 * TypeScript and JavaScript into one module.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { CliFailure } from "../failure.ts";
import { problemOf, runDeno, type ToolHost } from "./deno_tool.ts";
import { portableBundle } from "./source_map.ts";

/** How a bundle is run: `serve` answers HTTP requests by its `export default { fetch }`, `run` is a program that begins and ends. */
export type Entry = "serve" | "run";

/** One module that imports nothing but `node:`. */
export interface Bundle {
  readonly text: string;
  readonly entry: Entry;
}

/** How it is made. */
export interface BundleOptions {
  /** Shorter names and no white space: smaller, and traces lose functions' names. @default false */
  readonly minify?: boolean;
  /** With a source map, so that traces name lines of the source. @default true */
  readonly sourceMap?: boolean;
  /** How it is run. @default serve when the module has a default export */
  readonly entry?: Entry;
  /** Whose modules there are. @default "deno" */
  readonly platform?: "deno" | "browser";
}

/**
 * Bundles a module with all that it imports: the same source gives the same bytes on every machine.
 *
 * @param path absolute
 * @throws {CliFailure} with the bundler's words
 */
export async function bundle(
  host: ToolHost,
  path: string,
  options: BundleOptions = {},
): Promise<Bundle> {
  const { minify = false, sourceMap = true, platform = "deno" } = options;
  const { code, stdout, stderr } = await runDeno(host, [
    "bundle",
    "--quiet",
    `--platform=${platform}`,
    // Always with a map: it says which names in the bundle are those of files.
    "--sourcemap=inline",
    ...minify ? ["--minify"] : [],
    path,
  ], { cwd: dirname(path) });
  if (code !== 0) {
    const problem = problemOf(stderr, path);
    throw new CliFailure(
      `cannot bundle "${basename(path)}": ${explain(problem)}`,
    );
  }
  const text = portableBundle(stdout, { keepMap: sourceMap });
  const { foreign, hasDefault } = await readModule(text);
  if (foreign !== undefined) {
    throw new CliFailure(
      `cannot bundle "${
        basename(path)
      }": "${foreign}" is left outside of the bundle, where nothing but node: modules may be`,
    );
  }
  return { text, entry: options.entry ?? (hasDefault ? "serve" : "run") };
}

/** Whether a module serves or runs: by a default export. */
export async function entryOf(text: string): Promise<Entry> {
  return (await readModule(text)).hasDefault ? "serve" : "run";
}

/** What a module says of itself; of text that is none, nothing. */
async function readModule(
  text: string,
): Promise<{ readonly foreign?: string; readonly hasDefault: boolean }> {
  const { parse } = await import("es-module-lexer");
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(text);
  } catch {
    return { hasDefault: false };
  }
  const [imports, exports] = parsed;
  // A dynamic one may be of a module that a node never comes to.
  const foreign = imports.find(({ n: name, d: dynamic }) =>
    dynamic === -1 && name !== undefined && !name.startsWith("node:")
  )?.n;
  return {
    ...foreign !== undefined && { foreign },
    hasDefault: exports.some(({ n: name }) => name === "default"),
  };
}

function explain(problem: string): string {
  if (problem.includes("@esbuild/")) {
    return `the bundler itself (esbuild, 10 MB) is fetched from npm at first use, and that failed: ${
      problem.split("\n").at(-1)?.trim()
    }`;
  }
  // Deno's advice is a flag that there is none of here: what is built must be the same everywhere and always.
  return problem.replace(
    /Requires import access to "([^"]*)", run again with the --allow-import flag/,
    'imports from "$1" are not taken: files, npm: packages and JSON are',
  );
}

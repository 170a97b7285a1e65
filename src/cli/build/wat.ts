/**
 * WebAssembly text (modules and components) into binaries.
 *
 * The translator is wasm-tools, itself WebAssembly, out of an npm package of the Bytecode Alliance: Deno fetches it into its own cache at first use.
 *
 * @module
 */
import { basename } from "node:path";
import { CliFailure } from "../failure.ts";
import { runDeno, type ToolHost } from "./deno_tool.ts";
import { withFolder } from "./work_folder.ts";

/** The newest one whose packages are few: later ones bring an optimiser and a compiler along (23 MB against 200). */
const PACKAGE = "npm:@bytecodealliance/jco-transpile@0.1.1";

/** The package exports its compiler only; the translator lies beside it. */
const SCRIPT = `
import "${PACKAGE}";
const [input, output] = Deno.args;
const at = new URL("../vendor/wasm-tools.js", import.meta.resolve("${PACKAGE}"));
const { tools, $init } = await import(at.href);
await $init;
try {
  await Deno.writeFile(output, tools.parse(await Deno.readTextFile(input)));
} catch (error) {
  console.error(error?.payload ?? String(error));
  Deno.exit(3);
}
`;
/** The script's own exit status for text that is wrong. */
const EXIT_TEXT = 3;

/**
 * Translates a file.
 *
 * @param path absolute
 * @throws {CliFailure} with the place when the text is wrong
 */
export function watToWasm(
  host: ToolHost & Parameters<typeof withFolder>[0],
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return withFolder(host, async (folder) => {
    const output = `${folder}/out.wasm`;
    const { code, stderr } = await runDeno(host, [
      "run",
      "--quiet",
      "--no-config",
      "--no-lock",
      "--no-prompt",
      "--node-modules-dir=none",
      "--allow-read",
      "--allow-env",
      `--allow-write=${output}`,
      "-",
      path,
      output,
    ], { cwd: folder, stdin: SCRIPT });
    if (code === 0) return await host.disk.read(output);
    const name = basename(path);
    if (code === EXIT_TEXT) {
      throw new CliFailure(`cannot build "${name}": ${place(stderr, name)}`);
    }
    throw new CliFailure(
      `cannot build "${name}": the translator of WebAssembly text (${PACKAGE}, 23 MB) is fetched from npm at first use, and that failed: ${
        stderr.trim().split("\n").at(-1)?.trim()
      }`,
    );
  });
}

/** wasm-tools tells of an error in the words of Rust's debugger. */
function place(stderr: string, name: string): string {
  const text = stderr.trim();
  const at = /line: (\d+), col: (\d+)/.exec(text);
  const kind = text.slice(text.lastIndexOf("kind: ") + "kind: ".length);
  const why = /^Custom\("((?:[^"\\]|\\.)*)"\)/.exec(kind)?.[1] ??
    kind.replace(/[ })]+$/, "");
  if (!at) return text;
  return `${name}:${Number(at[1]) + 1}:${Number(at[2]) + 1}: ${
    why.replaceAll('\\"', '"')
  }`;
}

/**
 * TypeScript and JavaScript into a component that answers HTTP requests, for wasmtime: StarlingMonkey with the source inside.
 *
 * The same source as for Deno, `export default { fetch(request) {…} }`, or one with `addEventListener("fetch", …)`. There is no `Deno` and no `node:` in it.
 *
 * @see {@link https://github.com/bytecodealliance/ComponentizeJS}
 *
 * @module
 */
import { basename } from "node:path";
import type { CliContext } from "../context.ts";
import { CliFailure } from "../failure.ts";
import { bundle } from "./bundle.ts";
import { requireFile, runDeno } from "./deno_tool.ts";
import { type Product, wasmProduct } from "./product.ts";
import { componentizer } from "./componentizer.ts";
import { withFolder } from "./work_folder.ts";

/** Hands requests to the default export. */
const BRIDGE = `import app from "./app.js";
addEventListener("fetch", (event) =>
  event.respondWith((async () => await app.fetch(event.request))())
);
`;

const WORLD = "wherry";
/** jco's newer interfaces, under the version that componentize-js knows. */
const WIT = { there: "0.2.12", known: "0.2.10" } as const;
const WIT_PACKAGES = [
  "cli",
  "clocks",
  "filesystem",
  "http",
  "io",
  "random",
  "sockets",
] as const;

const SCRIPT = `import { readFile, writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";
const [source, witPath, output] = process.argv.slice(2);
const { component } = await componentize(await readFile(source, "utf8"), {
  witPath,
  worldName: "${WORLD}",
  sourceName: "app.js",
});
await writeFile(output, component);
`;

/**
 * Makes the component.
 *
 * @param path absolute
 * @throws {CliFailure} when the source is wrong, or the tool is not there and may not be fetched
 */
export async function componentize(
  context: CliContext,
  path: string,
  options: { readonly shown: string; readonly yes: boolean },
): Promise<Product> {
  const { host } = context;
  const name = basename(path);
  await requireFile(host, path, options.shown);
  const app = await bundle(host, path, {
    sourceMap: false,
    platform: "browser",
  });
  const node = /^import\b[^"';]*"(node:[^"]+)"/m.exec(app.text)?.[1];
  if (node !== undefined || /\bDeno\.\w/.test(app.text)) {
    throw new CliFailure(
      `cannot build "${name}" for wasi-http: it uses ${
        node ?? "Deno"
      }, which there is only with --target deno`,
    );
  }
  const tool = await componentizer(context, { yes: options.yes });
  return await withFolder(host, async (folder) => {
    const source = await bridged(context, folder, app.text);
    await writeWit(context, tool, `${folder}/wit`);
    const output = `${folder}/out.wasm`;
    const script = `${tool}/componentize.mjs`;
    await host.disk.writeAtomic(script, SCRIPT, { sync: false });
    context.terminal.err(`Building a component of "${options.shown}" …`);
    const { code, stderr } = await runDeno(host, [
      ...["run", "-A", "--quiet", "--no-lock", "--no-prompt"],
      ...["--node-modules-dir=manual", script],
      ...[source, `${folder}/wit`, output],
    ], { cwd: folder });
    if (code !== 0) {
      throw new CliFailure(
        `cannot build "${name}" for wasi-http: ${stderr.trim()}`,
      );
    }
    return wasmProduct(await host.disk.read(output), path);
  });
}

/** The source with a listener for requests, where it has none of its own. */
async function bridged(
  { host }: CliContext,
  folder: string,
  text: string,
): Promise<string> {
  const path = `${folder}/app.js`;
  await host.disk.writeAtomic(path, text, { sync: false });
  if (/\baddEventListener\(\s*["']fetch["']/.test(text)) return path;
  const entry = `${folder}/entry.js`;
  await host.disk.writeAtomic(entry, BRIDGE, { sync: false });
  const whole = await bundle(host, entry, {
    sourceMap: false,
    platform: "browser",
  });
  await host.disk.writeAtomic(entry, whole.text, { sync: false });
  return entry;
}

async function writeWit(
  { host }: CliContext,
  tool: string,
  folder: string,
): Promise<void> {
  const from =
    `${tool}/node_modules/@bytecodealliance/jco/lib/wit/builtin/${WIT.there}`;
  for (const name of WIT_PACKAGES) {
    const text = await host.disk.readText(`${from}/wasi-${name}/package.wit`);
    const to = `${folder}/deps/wasi-${name}`;
    await host.disk.mkdir(to);
    await host.disk.writeAtomic(
      `${to}/package.wit`,
      text.replaceAll(WIT.there, WIT.known),
      { sync: false },
    );
  }
  await host.disk.writeAtomic(
    `${folder}/world.wit`,
    `package wherry:build;\nworld ${WORLD} {\n  include wasi:http/proxy@${WIT.known};\n}\n`,
    { sync: false },
  );
}
